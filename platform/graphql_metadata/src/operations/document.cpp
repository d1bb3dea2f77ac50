#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "operations/call.hpp"

/// The metadata as a whole.
namespace busflow::graphql_metadata {
namespace {

using graphql::metadata::Inconsistency;
using graphql::metadata::Metadata;
using graphql::metadata::Source;

json::Value shown(const Inconsistency& problem) {
  json::Object object{{"reason", problem.reason}, {"name", problem.name}, {"type", problem.type}};
  object[problem.type == kRoleConflict ? "entity" : "definition"] = problem.definition;
  return object;
}

json::Array shown(const std::vector<Inconsistency>& problems) {
  json::Array list;
  for (const auto& problem : problems) list.push_back(shown(problem));
  return list;
}

Outcome<json::Value> export_metadata(Call& call) {
  json::Object document = to_json(call.draft.metadata());
  if (call.version < 2) return document;
  return json::Object{{"resource_version", call.draft.base().resource_version}, {"metadata", std::move(document)}};
}

Outcome<json::Value> replace_metadata(Call& call) {
  const json::Value* document = call.args.find("metadata");
  const bool is_wrapped = document != nullptr;
  const json::Value bare(call.args.object());
  BUSFLOW_TRY(Metadata metadata, [&]() -> Outcome<Metadata> {
    auto read = graphql::metadata::from_json(is_wrapped ? *document : bare);
    if (read) return std::move(*read);
    return std::unexpected(Problem(read.error()).within(is_wrapped ? ".args.metadata" : ".args"));
  }());
  // Documents of version 2 do not say where their database is.
  for (Source& source : metadata.sources) {
    const bool has_address = source.connection.database_url.kind != graphql::metadata::Node::Kind::kNull;
    if (!has_address && source.name == "default" && call.options.default_source)
      source.connection = call.options.default_source->connection;
  }
  call.draft.metadata() = std::move(metadata);
  call.draft.forget_catalogs();
  call.draft.touch();
  if (is_wrapped && call.args.flag("allow_inconsistent_metadata")) {
    call.accepts_inconsistencies = true;
    const auto problems = call.draft.check().inconsistencies;
    return json::Object{{"is_consistent", problems.empty()}, {"inconsistent_objects", shown(problems)}};
  }
  if (call.version < 2 && !is_wrapped) return success();
  return json::Object{{"is_consistent", true}, {"inconsistent_objects", json::Array{}}};
}

/// Tables, permissions and all else go; the sources stay connected as in the reference only when they come from the
/// environment.
Outcome<json::Value> clear_metadata(Call& call) {
  Metadata cleared;
  if (call.options.default_source) cleared.sources.push_back(*call.options.default_source);
  call.draft.metadata() = std::move(cleared);
  call.draft.touch();
  return success();
}

Outcome<json::Value> reload_metadata(Call& call) {
  call.draft.forget_catalogs();
  call.draft.rebuild();
  call.accepts_inconsistencies = true;
  const auto problems = call.draft.check().inconsistencies;
  json::Object answer{{"message", "success"}, {"is_consistent", problems.empty()}};
  if (!problems.empty()) answer["inconsistent_objects"] = shown(problems);
  return answer;
}

Outcome<json::Value> get_inconsistent_metadata(Call& call) {
  const auto problems = call.draft.check().inconsistencies;
  return json::Object{{"is_consistent", problems.empty()}, {"inconsistent_objects", shown(problems)}};
}

Outcome<json::Value> drop_inconsistent_metadata(Call& call) {
  // Dropping a table may leave others without their counterpart: until nothing is left to drop.
  for (auto problems = call.draft.check().inconsistencies; !problems.empty();) {
    call.draft.metadata() = without(call.draft.metadata(), problems);
    call.draft.touch();
    auto left = call.draft.check().inconsistencies;
    if (left.size() >= problems.size()) break;
    problems = std::move(left);
  }
  return success();
}

Outcome<json::Value> get_catalog_state(Call& call) {
  BUSFLOW_TRY(auto state, call.store.state(call.draft.context()));
  return state;
}

Outcome<json::Value> set_catalog_state(Call& call) {
  BUSFLOW_TRY(const std::string client, call.args.text("type"));
  if (client != "cli" && client != "console") return refuse("parse-failed", "'type' is cli or console", "$.args.type");
  BUSFLOW_TRY(const json::Value* state, call.args.required("state"));
  BUSFLOW_CHECK(call.store.set_state(call.draft.context(), client, *state));
  return success();
}

Outcome<json::Value> dump_internal_state(Call& call) {
  json::Object sources;
  for (const Source& source : call.draft.metadata().sources) {
    json::Array tables;
    for (const auto& table : source.tables) tables.emplace_back(table->name.describe());
    sources[source.name] = json::Object{{"tables", std::move(tables)}};
  }
  return json::Object{{"resource_version", call.draft.base().resource_version},
                      {"inconsistent_objects", shown(call.draft.base().inconsistencies)},
                      {"sources", std::move(sources)}};
}

constexpr std::array kOperations = {
    Operation{"export_metadata", export_metadata},
    Operation{"replace_metadata", replace_metadata},
    Operation{"clear_metadata", clear_metadata},
    Operation{"reload_metadata", reload_metadata},
    Operation{"get_inconsistent_metadata", get_inconsistent_metadata},
    Operation{"drop_inconsistent_metadata", drop_inconsistent_metadata},
    Operation{"get_catalog_state", get_catalog_state},
    Operation{"set_catalog_state", set_catalog_state},
    Operation{"dump_internal_state", dump_internal_state},
};

}  // namespace

std::span<const Operation> document_operations() { return kOperations; }

}  // namespace busflow::graphql_metadata
