#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <platform/base/result.hpp>

#include "language/syntax_tree.hpp"

namespace busflow::graphql::language {

struct Token {
  enum class Kind : std::uint8_t { kEnd, kPunctuator, kSpread, kName, kInteger, kFloat, kString, kBlockString };

  Kind kind = Kind::kEnd;
  std::string_view text;  ///< Of the source; of strings, what stands between the quotes, still escaped.
  Position position;

  bool is(char punctuator) const { return kind == Kind::kPunctuator && text[0] == punctuator; }
  bool is_name(std::string_view name) const { return kind == Kind::kName && text == name; }
  /// "'{'", "a string", "the end": for messages.
  std::string describe() const;
};

/// Splits a document into tokens. The source must outlive the lexer and its tokens.
class Lexer {
 public:
  explicit Lexer(std::string_view source);

  /// The next token; kValidationFailed "line 3, column 7: …" for characters that form none.
  Result<Token> next();

 private:
  void skip_ignored();
  Result<Token> number(Token token);
  Result<Token> string(Token token);
  Result<Token> block_string(Token token);
  Token take(Token token, Token::Kind kind, std::size_t length);
  Position position_at(std::size_t offset) const;
  std::unexpected<Error> wrong(std::string_view what) const;

  std::string_view source_;
  std::size_t offset_ = 0;
  std::size_t line_start_ = 0;
  std::uint32_t line_ = 1;
};

/// The content of a quoted string, escapes resolved, as UTF-8.
Result<std::string> decode_string(const Token& token);
/// The content of a block string: common indentation and blank first and last lines removed.
std::string decode_block_string(std::string_view raw);

/// "line 3, column 7: what"
std::unexpected<Error> syntax_error(Position position, std::string_view what);

}  // namespace busflow::graphql::language
