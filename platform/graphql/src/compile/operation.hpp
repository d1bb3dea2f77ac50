#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "compile/plan_parts.hpp"
#include "compile/selection.hpp"
#include "language/syntax_tree.hpp"

namespace busflow::graphql::compile {

/// The operation to run (section 6.1 of the specification), with Hasura's errors.
Result<const language::Operation*> choose_operation(const language::Document& document, std::string_view name);

/// Validates and compiles one operation. The statement's text is in `sql`; the engine makes the statement.
Result<std::unique_ptr<PlanParts>> compile_operation(const schema::RoleSchema& schema,
                                                     const language::Document& document,
                                                     const language::Operation& operation,
                                                     std::vector<VariableInfo> variables, const json::Object& values,
                                                     const SelectionLimits& limits);

}  // namespace busflow::graphql::compile
