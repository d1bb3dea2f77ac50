#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compile/column_value.hpp"
#include "compile/selection.hpp"
#include "mutation/write_statement.hpp"

namespace busflow::graphql::compile {

/// `column = column + value`, and the like.
struct Assignment {
  const schema::Column* column = nullptr;
  std::string_view before;  ///< The SQL between the column's present value and the new one; empty: it is replaced.
  bool is_value_first = false;
  schema::ParameterSource value;
};

/// Reads `_set`, `_inc` and so on. `path` is that of the arguments.
Result<std::vector<Assignment>> read_assignments(const VariableResolver& variables, const schema::UpdateAccess& access,
                                                 const FindInput& find, const Path& path);

/// The part's name; nothing when there is nothing to change. `where` applies together with the permission's filter.
std::optional<std::string> write_update(WriteStatement& statement, const schema::UpdateAccess& access,
                                        const std::vector<Assignment>& assignments, const schema::Condition& where);

std::string write_delete(WriteStatement& statement, const schema::DeleteAccess& access, const schema::Condition& where);

}  // namespace busflow::graphql::compile
