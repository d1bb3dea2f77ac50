#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <platform/graphql/plan.hpp>

#include "compile/action_call.hpp"
#include "compile/variables.hpp"
#include "schema/parameter.hpp"

namespace busflow::graphql {

/// One field of the response's data object, in order.
struct PlanField {
  std::string response_name;
  std::string constant;               ///< JSON text, when known from the schema.
  std::optional<std::size_t> column;  ///< Of the statement's row, in plans that mix sources.
  std::unique_ptr<const compile::ActionCall> action;
};

/// What a plan consists of. Refers to nothing of the request it was made from.
struct PlanParts {
  OperationKind kind = OperationKind::kQuery;
  std::string role;
  language::Operation signature;  ///< Variables and their defaults; no selections.
  std::vector<compile::VariableInfo> variables;
  std::vector<PlanField> fields;
  bool has_actions = false;
  std::shared_ptr<const postgres::PipelineStatement>
      statement;  ///< One column in all, or one per database field when has_actions.
  std::string sql;
  std::vector<schema::ParameterSource> parameters;
  std::string live_statement;
  std::optional<std::string> constant_data;
};

}  // namespace busflow::graphql
