#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include <platform/kriti/template.hpp>

namespace busflow::kriti {

struct Token {
  enum class Kind : std::uint8_t {
    kText,    ///< A JSON string; its {{ }} are still in it.
    kQuoted,  ///< 'a key'
    kNumber,
    kName,    ///< $body, x, if, range, true
    kSymbol,  ///< { } {{ }} [ ] ( ) , : := . ?. ?[ ?? == != < > <= >= && || _
    kEnd,
  };

  Kind kind = Kind::kEnd;
  std::string text;
  std::size_t line = 0;
  std::size_t column = 1;

  bool is(std::string_view symbol) const { return kind == Kind::kSymbol && text == symbol; }
  bool is_name(std::string_view name) const { return kind == Kind::kName && text == name; }
};

/// The whole template as tokens, with kEnd last.
std::expected<std::vector<Token>, Problem> tokens_of(std::string_view text);

}  // namespace busflow::kriti
