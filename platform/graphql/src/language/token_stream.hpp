#pragma once

#include <string>
#include <string_view>

#include "language/lexer.hpp"
#include "language/parser.hpp"

namespace busflow::graphql::language {

/// One token of look-ahead over a lexer, and what the two grammars share: names, types, values.
class TokenStream {
 public:
  TokenStream(std::string_view source, const ParseLimits& limits) : lexer_(source), limits_(limits) {}

  /// Reads the first token; call once before anything else.
  Result<void> start() { return advance(); }
  const Token& current() const { return current_; }
  bool at_end() const { return current_.kind == Token::Kind::kEnd; }

  Result<void> advance();
  /// Takes the punctuator when it is next.
  Result<bool> accept(char punctuator);
  Result<bool> accept_name(std::string_view name);
  Result<void> expect(char punctuator);
  Result<std::string> name(std::string_view what);
  Result<TypeReference> type();
  /// `constant`: variables are not allowed.
  Result<Value> value(bool constant);

  std::unexpected<Error> expected(std::string_view what) const;

  /// Counts a level of nesting for as long as it lives.
  class Level {
   public:
    explicit Level(TokenStream& stream) : stream_(stream) { ++stream_.depth_; }
    ~Level() { --stream_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    Result<void> check() const;

   private:
    TokenStream& stream_;
  };

 private:
  Result<Value> list_value(bool constant);
  Result<Value> object_value(bool constant);
  Result<Value> scalar_value();

  Lexer lexer_;
  ParseLimits limits_;
  Token current_;
  std::size_t depth_ = 0;
  std::size_t tokens_ = 0;
};

}  // namespace busflow::graphql::language
