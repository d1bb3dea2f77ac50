#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include <platform/base/result.hpp>

#include "language/syntax_tree.hpp"

namespace busflow::graphql::language {

struct ParseLimits {
  std::size_t nesting = 64;  ///< Of selections and of values: bounds the recursion of everything that walks the tree.
  std::size_t tokens = 50000;
};

/// An executable document. kValidationFailed with the detail "not a valid graphql query", a second line saying what and
/// where, and the path "$.query".
Result<Document> parse_document(std::string_view source, const ParseLimits& limits = {});

/// Type definitions (object, input, enum, scalar; `extend type` too). kValidationFailed "line 3, column 7: …".
Result<std::vector<TypeDefinition>> parse_type_definitions(std::string_view source, const ParseLimits& limits = {});

/// One type, such as "[uuid!]!". kValidationFailed says what is wrong.
Result<TypeReference> parse_type(std::string_view source);

}  // namespace busflow::graphql::language
