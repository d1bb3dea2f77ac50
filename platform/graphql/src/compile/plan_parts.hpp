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

/// One statement of a mutation.
struct PlanStep {
  std::shared_ptr<const postgres::PipelineStatement> statement;
  std::string sql;
  std::vector<schema::ParameterSource> parameters;
  bool gives_result = false;  ///< Its one column is the field's value, or an item of it.
  std::string error_path;     ///< Of what the database refuses: "$.selectionSet.insert_t.args.objects"
  std::vector<Error> faults;  ///< What the statement itself refuses, by the number it raises (mutation/fault.hpp).
};

/// One field of the response's data object, in order.
struct PlanField {
  std::string response_name;
  std::string constant;               ///< JSON text, when known from the schema.
  std::optional<std::size_t> column;  ///< Of the statement's row, in plans that mix sources.
  std::vector<PlanStep> steps;        ///< Of mutations of tables.
  bool is_list_of_steps = false;      ///< Its value is the list of the steps' results.
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
  bool has_steps = false;
  std::shared_ptr<const postgres::PipelineStatement>
      statement;  ///< One column in all, or one per database field when has_actions.
  std::string sql;
  std::vector<schema::ParameterSource> parameters;
  std::string live_statement;
  std::optional<std::string> constant_data;
};

}  // namespace busflow::graphql
