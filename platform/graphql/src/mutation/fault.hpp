#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace busflow::graphql::compile {

/// SQL that fails when it is evaluated, and with it the transaction: a text that is no number is cast to one.
/// PostgreSQL has no expression that raises an error of one's own, and the engine installs no functions in the
/// database. `varying` is a text that PostgreSQL knows only while it runs, so that it cannot be evaluated ahead.
std::string raise_fault(std::size_t number, std::string_view varying, std::string_view type);

/// The number, from PostgreSQL's message about such a cast.
std::optional<std::size_t> fault_number(std::string_view message);

}  // namespace busflow::graphql::compile
