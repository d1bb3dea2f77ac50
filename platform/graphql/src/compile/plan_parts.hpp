#pragma once

#include <chrono>
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

/// What a query reads of one database.
struct PlanStatement {
  std::string source;
  std::shared_ptr<const postgres::PipelineStatement> statement;
  std::string sql;
  std::string many_sql{};  ///< Of PipelineStatement::many; empty when there is none.
  std::vector<schema::ParameterSource> parameters;
};

/// Rows that are asked for once it is known what they belong to. Until then their places in the data hold their keys, a
/// list each.
struct PlanJoin {
  std::vector<std::string> place;  ///< The members that lead there; lists on the way count as all their items.
  PlanStatement statement;         ///< From the list of all keys to the list of their values, in one column.
  std::size_t keys = 0;            ///< Which of its parameters takes the keys.
};

/// One statement of a mutation.
struct PlanStep {
  std::string source;
  std::shared_ptr<const postgres::PipelineStatement> statement;
  std::string sql;
  std::vector<schema::ParameterSource> parameters;
  bool gives_result = false;  ///< Its one column is the field's value, or an item of it.
  bool may_share = false;     ///< Whether its transaction may be carried out together with others (postgres::Sharing).
  std::string error_path;     ///< Of what the database refuses: "$.selectionSet.insert_t.args.objects"
  std::vector<Error> faults;  ///< What the statement itself refuses, by the number it raises (mutation/fault.hpp).
};

/// One field of the response's data object, in order.
struct PlanField {
  /// A column of the row that a statement of the plan yields.
  struct Place {
    std::size_t statement = 0;
    std::size_t column = 0;
  };

  std::string response_name;
  std::string constant;           ///< JSON text, when known from the schema.
  std::optional<Place> place;     ///< Of database fields, in plans in parts.
  std::vector<PlanStep> steps;    ///< Of mutations of tables.
  bool is_list_of_steps = false;  ///< Its value is the list of the steps' results.
  std::unique_ptr<const compile::ActionCall> action;
  bool is_object = false;          ///< Of `members`: the root fields of a namespace.
  std::vector<PlanField> members;  ///< None has an action.
};

/// What a plan consists of. Refers to nothing of the request it was made from.
struct PlanParts {
  OperationKind kind = OperationKind::kQuery;
  std::string role;
  std::optional<std::chrono::seconds> time_limit;  ///< The role's, for one run.
  language::Operation signature;                   ///< Variables and their defaults; no selections.
  std::vector<compile::VariableInfo> variables;
  std::vector<PlanField> fields;
  bool has_actions = false;
  bool has_steps = false;
  bool is_in_parts = false;               ///< Fields are put together: the statements have a column for each of theirs.
  std::vector<PlanStatement> statements;  ///< Else at most one, with one column for all.
  std::vector<PlanJoin> joins;            ///< Those that start in a join's rows come after it.
  std::string live_statement;
  std::optional<std::size_t> stream_cursor;  ///< Of the statement's parameters.
  std::optional<std::string> constant_data;
};

/// Calls `visit` for each step of the fields, in the order in which they are carried out.
template <class Fields, class Visit>
void for_each_step(Fields& fields, const Visit& visit) {
  for (auto& field : fields) {
    for (auto& step : field.steps) visit(step);
    for_each_step(field.members, visit);
  }
}

}  // namespace busflow::graphql
