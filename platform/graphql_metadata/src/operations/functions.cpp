#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "operations/call.hpp"

namespace busflow::graphql_metadata {
namespace {

using graphql::metadata::Function;
using graphql::metadata::FunctionName;
using graphql::metadata::Source;
using Kind = ObjectId::Kind;

Outcome<FunctionName> function_name(const Call& call) {
  if (call.args.find("function") != nullptr) return call.args.name("function");
  json::Object name;
  for (const std::string_view key : {"schema", "name"}) {
    if (const json::Value* value = call.args.find(key)) name[key] = *value;
  }
  return Arguments::read<FunctionName>(name);
}

Outcome<Function*> find_function(Call& call) {
  BUSFLOW_TRY(const FunctionName name, function_name(call));
  BUSFLOW_TRY(Source * source, call.draft.source(call.args.source()));
  const auto found = std::ranges::find(source->functions, name, &Function::name);
  if (found != source->functions.end()) return &*found;
  return refuse("not-exists",
                fmt::format("function \"{}\" does not exist in source: \"{}\"", name.shortened(), source->name));
}

Outcome<json::Value> track_function(Call& call) {
  BUSFLOW_TRY(const FunctionName name, function_name(call));
  BUSFLOW_TRY(Source * source, call.draft.source(call.args.source()));
  json::Object entry{{"function", graphql::metadata::encode(name)}};
  for (const std::string_view key : {"configuration", "comment"}) {
    if (const json::Value* value = call.args.find(key)) entry[key] = *value;
  }
  BUSFLOW_TRY(Function function, Arguments::read<Function>(entry));
  if (source->find_function(name) != nullptr)
    return refuse("already-tracked", fmt::format("function already tracked: \"{}\"", name.shortened()));
  if (source->find_table(name) != nullptr)
    return refuse("not-supported", fmt::format("table with name \"{}\" already exists", name.shortened()));
  call.subject = fmt::format("function {} in source {}", name.shortened(), source->name);
  source->functions.push_back(std::move(function));
  call.draft.forget_catalog(source->name);  // It may have been made since the catalog was read.
  call.draft.touch();
  return success();
}

Outcome<json::Value> untrack_function(Call& call) {
  BUSFLOW_TRY(const Function* function, find_function(call));
  remove(call.draft.metadata(), {Kind::kFunction, call.args.source(), FunctionName(function->name), ""});
  call.draft.touch();
  return success();
}

Outcome<json::Value> set_function_customization(Call& call) {
  BUSFLOW_TRY(Function * function, find_function(call));
  json::Object entry{{"function", graphql::metadata::encode(function->name)}};
  if (const json::Value* value = call.args.find("configuration")) entry["configuration"] = *value;
  BUSFLOW_TRY(Function changed, Arguments::read<Function>(entry));
  changed.roles = function->roles;
  changed.comment = function->comment;
  *function = std::move(changed);
  call.draft.touch();
  return success();
}

Outcome<json::Value> create_function_permission(Call& call) {
  BUSFLOW_TRY(Function * function, find_function(call));
  BUSFLOW_TRY(const std::string role, call.args.text("role"));
  if (std::ranges::find(function->roles, role) != function->roles.end()) {
    return refuse("already-exists",
                  fmt::format("permission of role \"{}\" already exists for function \"{}\" in source: \"{}\"", role,
                              function->name.shortened(), call.args.source()));
  }
  BUSFLOW_TRY(const Source* source, call.draft.source(call.args.source()));
  function->roles.push_back(role);
  call.subject =
      fmt::format("function_permission {} in function {} in source {}", role, function->name.shortened(), source->name);
  call.draft.touch();
  return success();
}

Outcome<json::Value> drop_function_permission(Call& call) {
  BUSFLOW_TRY(Function * function, find_function(call));
  BUSFLOW_TRY(const std::string role, call.args.text("role"));
  if (std::erase(function->roles, role) == 0) {
    return refuse("not-exists",
                  fmt::format("permission of role \"{}\" does not exist for function \"{}\" in source: \"{}\"", role,
                              function->name.shortened(), call.args.source()));
  }
  call.draft.touch();
  return success();
}

constexpr std::array kOperations = {
    Operation{"track_function", track_function},
    Operation{"untrack_function", untrack_function},
    Operation{"set_function_customization", set_function_customization},
    Operation{"create_function_permission", create_function_permission},
    Operation{"drop_function_permission", drop_function_permission},
};

}  // namespace

std::span<const Operation> function_operations() { return kOperations; }

}  // namespace busflow::graphql_metadata
