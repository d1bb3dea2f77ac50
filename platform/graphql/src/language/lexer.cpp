#include "language/lexer.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace busflow::graphql::language {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_part(char c) { return is_name_start(c) || is_digit(c); }

/// Length of the well-formed UTF-8 sequence at the start of `text`, 0 when there is none (RFC 3629: no surrogates, no
/// overlong forms).
std::size_t utf8_sequence(std::string_view text) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (!continues(1) || !continues(2) || (first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F))
      return 0;
    return 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (!continues(1) || !continues(2) || !continues(3) || (first == 0xF0 && byte(1) < 0x90) ||
        (first == 0xF4 && byte(1) > 0x8F))
      return 0;
    return 4;
  }
  return 0;
}

}  // namespace

std::unexpected<Error> syntax_error(Position position, std::string_view what) {
  return fail(ErrorName::kValidationFailed,
              fmt::format("line {}, column {}: {}", position.line, position.column, what));
}

std::string Token::describe() const {
  switch (kind) {
    case Kind::kEnd: return "the end";
    case Kind::kString:
    case Kind::kBlockString: return "a string";
    default: return fmt::format("'{}'", text);
  }
}

Lexer::Lexer(std::string_view source) : source_(source) {
  if (source_.starts_with("\xEF\xBB\xBF")) offset_ = line_start_ = 3;
}

Position Lexer::position_at(std::size_t offset) const {
  return {line_, static_cast<std::uint32_t>(offset - line_start_ + 1)};
}

std::unexpected<Error> Lexer::wrong(std::string_view what) const { return syntax_error(position_at(offset_), what); }

void Lexer::skip_ignored() {
  while (offset_ < source_.size()) {
    const char c = source_[offset_];
    if (c == '#') {
      offset_ = std::min(source_.find_first_of("\r\n", offset_), source_.size());
    } else if (c == '\n' || c == '\r') {
      offset_ += source_.substr(offset_).starts_with("\r\n") ? 2 : 1;
      ++line_;
      line_start_ = offset_;
    } else if (c == ' ' || c == '\t' || c == ',') {
      ++offset_;
    } else {
      return;
    }
  }
}

Token Lexer::take(Token token, Token::Kind kind, std::size_t length) {
  token.kind = kind;
  token.text = source_.substr(offset_, length);
  offset_ += length;
  return token;
}

Result<Token> Lexer::next() {
  skip_ignored();
  Token token;
  token.position = position_at(offset_);
  if (offset_ >= source_.size()) return token;
  const std::string_view rest = source_.substr(offset_);
  const char c = rest[0];
  if (is_name_start(c)) {
    const auto end = std::ranges::find_if_not(rest, is_name_part);
    return take(token, Token::Kind::kName, static_cast<std::size_t>(end - rest.begin()));
  }
  if (is_digit(c) || c == '-') return number(token);
  if (rest.starts_with("\"\"\"")) return block_string(token);
  if (c == '"') return string(token);
  if (rest.starts_with("...")) return take(token, Token::Kind::kSpread, 3);
  if (std::string_view("!$&()[]{}:=@|").find(c) != std::string_view::npos)
    return take(token, Token::Kind::kPunctuator, 1);
  if (c < ' ' || c > '~') return wrong(fmt::format("unexpected byte 0x{:02X}", static_cast<unsigned char>(c)));
  return wrong(fmt::format("unexpected character '{}'", c));
}

Result<Token> Lexer::number(Token token) {
  const std::string_view rest = source_.substr(offset_);
  std::size_t i = rest[0] == '-' ? 1 : 0;
  const auto digits = [&] {
    const std::size_t start = i;
    while (i < rest.size() && is_digit(rest[i])) ++i;
    return i - start;
  };
  const std::size_t integer_start = i;
  if (digits() == 0) return wrong("expected a digit after '-'");
  if (rest[integer_start] == '0' && i > integer_start + 1) return wrong("a number may not begin with 0");
  auto kind = Token::Kind::kInteger;
  if (i < rest.size() && rest[i] == '.') {
    kind = Token::Kind::kFloat;
    ++i;
    if (digits() == 0) return wrong("expected a digit after the point of a number");
  }
  if (i < rest.size() && (rest[i] == 'e' || rest[i] == 'E')) {
    kind = Token::Kind::kFloat;
    ++i;
    if (i < rest.size() && (rest[i] == '+' || rest[i] == '-')) ++i;
    if (digits() == 0) return wrong("expected a digit in the exponent of a number");
  }
  if (i < rest.size() && (is_name_part(rest[i]) || rest[i] == '.'))
    return wrong("a number may not be followed by a letter or a point");
  return take(token, kind, i);
}

Result<Token> Lexer::string(Token token) {
  token.kind = Token::Kind::kString;
  const std::size_t start = offset_ + 1;
  std::size_t i = start;
  while (i < source_.size()) {
    const char c = source_[i];
    if (c == '"') {
      token.text = source_.substr(start, i - start);
      offset_ = i + 1;
      return token;
    }
    if (c == '\n' || c == '\r') break;
    if (c == '\\') {
      i += 2;  // What follows is checked when the string is decoded.
      continue;
    }
    const std::size_t length = utf8_sequence(source_.substr(i));
    if (length == 0 || (static_cast<unsigned char>(c) < ' ' && c != '\t'))
      return wrong("a string holds a byte that is not allowed");
    i += length;
  }
  return wrong("a string is not closed");
}

Result<Token> Lexer::block_string(Token token) {
  token.kind = Token::Kind::kBlockString;
  const std::size_t start = offset_ + 3;
  std::size_t i = start;
  std::uint32_t line = line_;
  std::size_t line_start = line_start_;
  while (i < source_.size()) {
    const std::string_view rest = source_.substr(i);
    if (rest.starts_with("\\\"\"\"")) {
      i += 4;
    } else if (rest.starts_with("\"\"\"")) {
      token.text = source_.substr(start, i - start);
      offset_ = i + 3;
      line_ = line;
      line_start_ = line_start;
      return token;
    } else {
      const std::size_t length = rest.starts_with("\r\n") ? 2 : utf8_sequence(rest);
      const char c = rest[0];
      const bool is_line_end = c == '\n' || c == '\r';
      if (length == 0 || (static_cast<unsigned char>(c) < ' ' && c != '\t' && !is_line_end))
        return wrong("a block string holds a byte that is not allowed");
      i += length;
      if (is_line_end) {
        ++line;
        line_start = i;
      }
    }
  }
  return wrong("a block string is not closed");
}

}  // namespace busflow::graphql::language
