#include "lexer.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace busflow::kriti {
namespace {

// Longer ones first. "}}" is not here: in `{"a": {"b": 1}}` it ends two objects, so the parser takes two braces.
constexpr std::array<std::string_view, 24> kSymbols = {
    "{{", ":=", "?.", "?[", "??", "==", "!=", "<=", ">=", "&&", "||", "{",
    "}",  "[",  "]",  "(",  ")",  ",",  ":",  ".",  "<",  ">",  "-",  "?"};

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_part(char c) { return is_name_start(c) || is_digit(c) || c == '-'; }

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::expected<std::vector<Token>, Problem> run() {
    std::vector<Token> tokens;
    for (;;) {
      skip_space();
      Token token{.line = line_, .column = column_};
      if (at_ >= text_.size()) {
        tokens.push_back(std::move(token));
        return tokens;
      }
      const char first = text_[at_];
      if (first == '"' || first == '\'') {
        token.kind = first == '"' ? Token::Kind::kText : Token::Kind::kQuoted;
        if (!take_quoted(first, token.text)) return std::unexpected(problem("a string is not closed", token));
      } else if (is_digit(first)) {
        token.kind = Token::Kind::kNumber;
        take_while(token.text,
                   [](char c) { return is_digit(c) || c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-'; });
      } else if (is_name_start(first)) {
        token.kind = Token::Kind::kName;
        take_while(token.text, is_name_part);
      } else {
        const auto symbol =
            std::ranges::find_if(kSymbols, [&](std::string_view s) { return text_.substr(at_).starts_with(s); });
        if (symbol == kSymbols.end())
          return std::unexpected(problem(fmt::format("Unexpected character '{}'.", first), token));
        token.kind = Token::Kind::kSymbol;
        token.text = *symbol;
        advance(symbol->size());
      }
      tokens.push_back(std::move(token));
    }
  }

 private:
  Problem problem(std::string message, const Token& at) const {
    return {.message = std::move(message), .line = at.line, .column = at.column, .end_column = at.column + 1};
  }

  void advance(std::size_t count) {
    for (; count > 0; --count, ++at_) {
      const bool is_line = text_[at_] == '\n';
      line_ += is_line ? 1 : 0;
      column_ = is_line ? 1 : column_ + 1;
    }
  }

  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) advance(1);
  }

  template <class Is>
  void take_while(std::string& into, const Is& is) {
    while (at_ < text_.size() && is(text_[at_])) {
      into += text_[at_];
      advance(1);
    }
  }

  /// What stands between the quotes, with its escapes. Quotes inside of {{ }} do not end a string.
  bool take_quoted(char quote, std::string& into) {
    advance(1);
    std::size_t depth = 0;
    while (at_ < text_.size()) {
      const std::string_view rest = text_.substr(at_);
      if (rest.front() == quote && depth == 0) {
        advance(1);
        return true;
      }
      if (rest.starts_with("{{")) ++depth;
      if (rest.starts_with("}}") && depth > 0) --depth;
      const std::size_t length =
          rest.starts_with("{{") || rest.starts_with("}}") || (rest.front() == '\\' && rest.size() > 1) ? 2 : 1;
      into.append(rest.substr(0, length));
      advance(length);
    }
    return false;
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 0;
  std::size_t column_ = 1;
};

}  // namespace

std::expected<std::vector<Token>, Problem> tokens_of(std::string_view text) { return Lexer(text).run(); }

}  // namespace busflow::kriti
