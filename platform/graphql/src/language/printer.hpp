#pragma once

#include <string>

#include "language/syntax_tree.hpp"

namespace busflow::graphql::language {

/// A value as GraphQL text: `{limit: 3, name: "x"}`.
std::string print_value(const Value& value);
/// A string literal, quotes included.
std::string print_string(std::string_view text);

}  // namespace busflow::graphql::language
