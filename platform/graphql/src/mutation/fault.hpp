#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace busflow::graphql::compile {

/// SQL that fails when it is evaluated, and with it the transaction: a text that is no number is cast to one.
/// PostgreSQL has no expression that raises an error of one's own, and the engine installs no functions in the
/// database. `rows` is a name with rows, so that the planner cannot evaluate it ahead.
std::string raise_fault(std::size_t number, std::string_view rows, std::string_view type);

/// The number, from PostgreSQL's message about such a cast.
std::optional<std::size_t> fault_number(std::string_view message);

}  // namespace busflow::graphql::compile
