#pragma once

#include <memory>
#include <string>
#include <vector>

#include <platform/json/json.hpp>

#include "compile/selection.hpp"
#include "compile/variables.hpp"
#include "schema/actions.hpp"

namespace busflow::graphql::compile {

class SelectCompiler;

/// What a request selects of an action's output.
struct OutputField {
  std::string response_name;
  std::string name;  ///< Empty: __typename, whose value is `type`'s name.
  TypeReference type;
  bool is_object = false;
  const schema::Join* join = nullptr;  ///< The value is the list of its keys, which are fields of the answer.
  std::vector<OutputField> children;
};

/// One action field of an operation. The arguments refer to the plan's document.
struct ActionCall {
  const schema::ActionDefinition* action = nullptr;
  std::vector<language::Argument> arguments;
  OutputField output;
};

/// Checks the selection of an action field. Joins to tables are left with `selects`.
Result<ActionCall> compile_action(const schema::RoleSchema& schema, SelectionCollector& collector,
                                  SelectCompiler& selects, const CollectedField& field, const Path& path,
                                  std::size_t depth);

/// The action's input: arguments by name, variables put in, checked and coerced to the declared types, defaults filled
/// in.
Result<json::Object> action_input(const schema::ActionCatalog& actions, const ActionCall& call,
                                  const VariableResolver& variables);

/// What of a webhook's answer does not fit what the request selects, in the reference's words; empty when all does.
std::string webhook_mismatch(const json::Value& answer, const OutputField& output);

/// The handler's answer as the request selects it, as JSON text. kInternal says where the answer does not fit the
/// declared type.
Result<std::string> project_output(const json::Value& value, const OutputField& output);

}  // namespace busflow::graphql::compile
