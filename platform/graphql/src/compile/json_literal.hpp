#pragma once

#include <functional>
#include <optional>
#include <string>

#include <platform/json/json.hpp>

#include "language/syntax_tree.hpp"

namespace busflow::graphql::compile {

/// The value of a variable; nothing when it was not given and has no default.
using VariableValue = std::function<std::optional<json::Value>(const std::string& name)>;

/// A literal that stands for any JSON, with its variables' values in it. As in input objects, a field whose variable
/// was not given is left out; in a list it is null.
json::Value fill_literal(const language::Value& literal, const VariableValue& value_of);

}  // namespace busflow::graphql::compile
