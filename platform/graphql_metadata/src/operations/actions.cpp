#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "operations/call.hpp"

namespace busflow::graphql_metadata {
namespace {

using graphql::metadata::Action;
using graphql::metadata::ActionPermission;
using graphql::metadata::CustomTypes;
using graphql::metadata::RemoteSchema;

Outcome<Action*> find_action(Call& call, std::string_view key) {
  BUSFLOW_TRY(const std::string name, call.args.text(key));
  auto& actions = call.draft.metadata().actions;
  const auto found = std::ranges::find(actions, name, &Action::name);
  if (found != actions.end()) return &*found;
  return refuse("not-exists", fmt::format("action with name \"{}\" does not exist", name));
}

/// Mistakes in the definition are reported from where it starts, without the "args" around it.
Outcome<Action> read_action(Call& call) {
  auto action = call.args.part<Action>({"name", "definition", "comment"});
  if (action) return action;
  Problem problem = action.error();
  constexpr std::string_view kArgs = "$.args";
  if (problem.path.starts_with("$.args.")) problem.path = "$" + problem.path.substr(kArgs.size());
  return std::unexpected(std::move(problem));
}

Outcome<json::Value> create_action(Call& call) {
  BUSFLOW_TRY(Action action, read_action(call));
  if (call.draft.metadata().find_action(action.name) != nullptr)
    return refuse("already-exists", fmt::format("action with name \"{}\" already exists", action.name));
  call.subject = fmt::format("action {}", action.name);
  call.draft.metadata().actions.push_back(std::move(action));
  call.draft.touch();
  return success();
}

Outcome<json::Value> update_action(Call& call) {
  BUSFLOW_TRY(Action * known, find_action(call, "name"));
  BUSFLOW_TRY(Action action, read_action(call));
  action.permissions = known->permissions;
  *known = std::move(action);
  call.subject = fmt::format("action {}", known->name);
  call.draft.touch();
  return success();
}

Outcome<json::Value> drop_action(Call& call) {
  BUSFLOW_TRY(const Action* action, find_action(call, "name"));
  const std::string name = action->name;
  std::erase_if(call.draft.metadata().actions, [&](const Action& each) { return each.name == name; });
  call.draft.touch();
  return success();
}

Outcome<json::Value> create_action_permission(Call& call) {
  BUSFLOW_TRY(Action * action, find_action(call, "action"));
  BUSFLOW_TRY(ActionPermission permission, call.args.part<ActionPermission>({"role", "comment"}));
  auto& list = action->permissions;
  if (std::ranges::find(list, permission.role, &ActionPermission::role) != list.end()) {
    return refuse("already-exists", fmt::format("permission for role \"{}\" is already defined on \"{}\"",
                                                permission.role, action->name));
  }
  list.push_back(std::move(permission));
  call.draft.touch();
  return success();
}

Outcome<json::Value> drop_action_permission(Call& call) {
  BUSFLOW_TRY(Action * action, find_action(call, "action"));
  BUSFLOW_TRY(const std::string role, call.args.text("role"));
  if (std::erase_if(action->permissions, [&](const auto& each) { return each.role == role; }) == 0) {
    return refuse("not-exists", fmt::format("permission for role \"{}\" is not defined on \"{}\"", role, action->name));
  }
  call.draft.touch();
  return success();
}

Outcome<json::Value> set_custom_types(Call& call) {
  BUSFLOW_TRY(call.draft.metadata().custom_types,
              call.args.part<CustomTypes>({"scalars", "enums", "input_objects", "objects"}));
  call.draft.touch();
  return success();
}

// ---- Remote schemas: kept, so that a directory of metadata survives; never served
// ------------------------------------

Outcome<json::Value> add_remote_schema(Call& call) {
  BUSFLOW_TRY(RemoteSchema schema, call.args.part<RemoteSchema>({"name", "definition", "comment"}));
  auto& schemas = call.draft.metadata().remote_schemas;
  const auto known = std::ranges::find(schemas, schema.name, &RemoteSchema::name);
  if (call.operation == "update_remote_schema") {
    if (known == schemas.end())
      return refuse("not-exists", fmt::format("remote schema with name \"{}\" does not exist", schema.name));
    known->definition = std::move(schema.definition);
  } else if (known != schemas.end()) {
    return refuse("already-exists", fmt::format("remote schema with name \"{}\" already exists", schema.name));
  } else {
    schemas.push_back(std::move(schema));
  }
  call.draft.touch();
  return success();
}

Outcome<json::Value> remove_remote_schema(Call& call) {
  BUSFLOW_TRY(const std::string name, call.args.text("name"));
  if (std::erase_if(call.draft.metadata().remote_schemas, [&](const auto& each) { return each.name == name; }) == 0)
    return refuse("not-exists", fmt::format("remote schema with name \"{}\" does not exist", name));
  call.draft.touch();
  return success();
}

constexpr std::array kOperations = {
    Operation{"create_action", create_action},
    Operation{"update_action", update_action},
    Operation{"drop_action", drop_action},
    Operation{"create_action_permission", create_action_permission},
    Operation{"drop_action_permission", drop_action_permission},
    Operation{"set_custom_types", set_custom_types},
    Operation{"add_remote_schema", add_remote_schema},
    Operation{"update_remote_schema", add_remote_schema},
    Operation{"remove_remote_schema", remove_remote_schema},
};

}  // namespace

std::span<const Operation> action_operations() { return kOperations; }

}  // namespace busflow::graphql_metadata
