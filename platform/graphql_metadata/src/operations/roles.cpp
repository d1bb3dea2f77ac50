#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "operations/call.hpp"

namespace busflow::graphql_metadata {
namespace {

using graphql::metadata::ApiLimits;
using graphql::metadata::InheritedRole;
using graphql::metadata::Metadata;
using graphql::metadata::Node;

Outcome<json::Value> add_inherited_role(Call& call) {
  BUSFLOW_TRY(InheritedRole role, call.args.part<InheritedRole>({"role_name", "role_set"}));
  auto& roles = call.draft.metadata().inherited_roles;
  const auto known = std::ranges::find(roles, role.name, &InheritedRole::name);
  call.subject = fmt::format("inherited_role {}", role.name);
  if (known != roles.end()) {
    *known = std::move(role);
  } else {
    roles.push_back(std::move(role));
  }
  if (const auto ring = graphql::metadata::find_ring(roles); !ring.empty())
    return refuse("cyclic-dependency", fmt::format("found cycle(s) in roles: [[\"{}\"]]", fmt::join(ring, "\",\"")));
  call.draft.touch();
  return success();
}

Outcome<json::Value> drop_inherited_role(Call& call) {
  BUSFLOW_TRY(const std::string name, call.args.text("role_name"));
  if (!remove(call.draft.metadata(), {ObjectId::Kind::kInheritedRole, "", {"", ""}, name}))
    return refuse("not-exists", fmt::format("inherited role \"{}\" does not exist", name));
  call.draft.touch();
  return success();
}

Outcome<json::Value> set_introspection_options(Call& call) {
  std::vector<std::string> roles;
  if (const json::Value* list = call.args.find("disabled_for_roles")) {
    if (!list->is_array()) return refuse("parse-failed", "expected Array", "$.args.disabled_for_roles");
    for (const json::Value& role : list->get_array()) {
      if (!role.is_string()) return refuse("parse-failed", "expected String", "$.args.disabled_for_roles");
      roles.emplace_back(role.get_string());
    }
  }
  call.draft.metadata().introspection_disabled_for = std::move(roles);
  call.draft.touch();
  return success();
}

Outcome<json::Value> set_api_limits(Call& call) {
  BUSFLOW_TRY(call.draft.metadata().api_limits, Arguments::read<ApiLimits>(call.args.object()));
  call.draft.touch();
  return success();
}

Outcome<json::Value> remove_api_limits(Call& call) {
  call.draft.metadata().api_limits.reset();
  call.draft.touch();
  return success();
}

/// Parts of the metadata that are kept as they are.
Outcome<json::Value> keep(Call& call, std::optional<Node> Metadata::* part, bool present) {
  auto& target = call.draft.metadata().*part;
  target.reset();
  if (present) target = graphql::metadata::node_of(json::Value(call.args.object()));
  call.draft.touch();
  return success();
}

/// network: {tls_allowlist: [{host, suffix, permissions}]}
Outcome<json::Value> change_tls_hosts(Call& call, bool adds) {
  BUSFLOW_TRY(const std::string host, call.args.text("host"));
  const std::string suffix = call.args.text_or("suffix", "");
  auto& network = call.draft.metadata().network;
  json::Value document = network ? to_json(*network) : json::Value(json::Object{});
  json::Value& list = document.as_object()["tls_allowlist"];
  if (!list.is_array()) list = json::Array{};
  json::Array& entries = list.get_array();
  const auto is_same = [&](const json::Value& entry) {
    if (!entry.is_object()) return false;
    const Arguments fields(entry.get_object());
    return fields.text_or("host", "") == host && (suffix.empty() || fields.text_or("suffix", "") == suffix);
  };
  const auto known = std::ranges::find_if(entries, is_same);
  if (adds && known != entries.end())
    return refuse("already-exists", fmt::format("the host \"{}\" already exists in the TLS allowlist", host));
  if (!adds && known == entries.end())
    return refuse("not-exists", fmt::format("the host \"{}\" isn't present in the TLS allowlist", host));
  if (adds) {
    entries.emplace_back(call.args.object());
  } else {
    entries.erase(known);
  }
  network = graphql::metadata::node_of(document);
  call.draft.touch();
  return success();
}

constexpr std::array kOperations = {
    Operation{"add_inherited_role", add_inherited_role},
    Operation{"drop_inherited_role", drop_inherited_role},
    Operation{"set_graphql_schema_introspection_options", set_introspection_options},
    Operation{"set_graphql_introspection_options", set_introspection_options},
    Operation{"set_api_limits", set_api_limits},
    Operation{"remove_api_limits", remove_api_limits},
    Operation{"set_metrics_config", [](Call& call) { return keep(call, &Metadata::metrics_config, true); }},
    Operation{"remove_metrics_config", [](Call& call) { return keep(call, &Metadata::metrics_config, false); }},
    Operation{"set_opentelemetry_config", [](Call& call) { return keep(call, &Metadata::opentelemetry, true); }},
    Operation{"add_host_to_tls_allowlist", [](Call& call) { return change_tls_hosts(call, true); }},
    Operation{"drop_host_from_tls_allowlist", [](Call& call) { return change_tls_hosts(call, false); }},
};

}  // namespace

std::span<const Operation> role_operations() { return kOperations; }

}  // namespace busflow::graphql_metadata
