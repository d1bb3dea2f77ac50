#pragma once

#include <algorithm>
#include <string_view>

#include <fmt/ranges.h>

#include "compile/input.hpp"
#include "compile/path.hpp"

namespace busflow::graphql::compile {

/// Enum values are names in the document and strings in JSON.
inline bool is_enum_value(const Input& input) {
  return input.kind() == Input::Kind::kEnum || (input.is_json() && input.kind() == Input::Kind::kString);
}

/// `names`: those the enum has.
template <class Names>
std::unexpected<Error> no_such_value(const Input& input, const Names& names, std::string_view type, std::string path) {
  return fail(ErrorName::kValidationFailed,
              fmt::format("expected one of the values ['{}'] for type '{}', but found '{}'", fmt::join(names, "', '"),
                          type, input.text()),
              std::move(path));
}
template <class Names>
std::unexpected<Error> no_such_value(const Input& input, const Names& names, std::string_view type, const Path& path) {
  return no_such_value(input, names, type, path.to_string());
}

}  // namespace busflow::graphql::compile
