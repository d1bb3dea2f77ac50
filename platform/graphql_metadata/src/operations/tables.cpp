#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "operations/call.hpp"

namespace busflow::graphql_metadata {
namespace {

using graphql::metadata::Source;
using graphql::metadata::Table;
using graphql::metadata::TableConfiguration;
using graphql::metadata::TableName;
using Kind = ObjectId::Kind;

/// Version 1 gives the table as the arguments themselves, version 2 under the key "table".
Outcome<TableName> table_to_track(const Call& call) {
  if (call.args.find("table") != nullptr) return call.args.table();
  json::Object name;
  for (const std::string_view key : {"schema", "name"}) {
    if (const json::Value* value = call.args.find(key)) name[key] = *value;
  }
  return Arguments::read<TableName>(name);
}

Outcome<void> add_table(Call& call, const std::string& source_name, Table table) {
  BUSFLOW_TRY(Source * source, call.draft.source(source_name));
  const std::string shown = table.name.shortened();
  if (source->find_table(table.name) != nullptr)
    return refuse("already-tracked", fmt::format("view/table already tracked: \"{}\"", shown));
  if (source->find_function(table.name) != nullptr)
    return refuse("not-supported", fmt::format("function with name \"{}\" already exists", shown));
  BUSFLOW_TRY(auto catalog, call.draft.catalog(source_name));
  if (catalog->find(table.name.schema, table.name.name) == nullptr) {
    // It may have been made since the catalog was read.
    call.draft.forget_catalog(source_name);
    BUSFLOW_TRY(catalog, call.draft.catalog(source_name));
    if (catalog->find(table.name.schema, table.name.name) == nullptr) {
      return refuse("not-exists", fmt::format("no such table/view exists in source: \"{}\"", shown));
    }
  }
  const bool is_enum = table.is_enum;
  source->tables.push_back(std::make_shared<const Table>(std::move(table)));
  if (is_enum) call.draft.forget_catalog(source_name);  // It is read together with the rows of enums.
  call.draft.touch();
  return {};
}

Outcome<json::Value> track_table(Call& call) {
  Table table;
  BUSFLOW_TRY(table.name, table_to_track(call));
  table.is_enum = call.args.flag("is_enum");
  if (const json::Value* configuration = call.args.find("configuration")) {
    BUSFLOW_TRY(table.configuration, Arguments::read<TableConfiguration>(*configuration, ".configuration"));
  }
  call.subject = fmt::format("table {} in source {}", table.name.shortened(), call.args.source());
  BUSFLOW_CHECK(add_table(call, call.args.source(), std::move(table)));
  return success();
}

Outcome<json::Value> track_tables(Call& call) {
  BUSFLOW_TRY(const json::Value* tables, call.args.required("tables"));
  if (!tables->is_array()) return refuse("parse-failed", "expected Array for the key \"tables\"");
  const bool allow_warnings = call.args.flag("allow_warnings", true);
  json::Array warnings;
  for (const json::Value& item : tables->get_array()) {
    if (!item.is_object()) return refuse("parse-failed", "expected Object for a table");
    const Arguments entry(item.get_object());
    Table table;
    BUSFLOW_TRY(table.name, entry.table());
    if (const json::Value* configuration = entry.find("configuration")) {
      BUSFLOW_TRY(table.configuration, Arguments::read<TableConfiguration>(*configuration));
    }
    const std::string shown = table.name.shortened();
    if (auto added = add_table(call, entry.source(), std::move(table)); !added) {
      if (!allow_warnings) return std::unexpected(added.error());
      warnings.push_back(json::Object{{"code", "track-table-failed"},
                                      {"message", added.error().message},
                                      {"name", fmt::format("table {} in source {}", shown, entry.source())}});
    }
  }
  if (warnings.empty()) return success();
  return json::Object{{"message", "success"}, {"warnings", std::move(warnings)}};
}

Outcome<void> drop_table(Call& call, const Arguments& args) {
  BUSFLOW_TRY(const TableName name, args.table());
  const std::string source_name = args.source();
  BUSFLOW_TRY(const Source* source, call.draft.source(source_name));
  if (source->find_table(name) == nullptr)
    return refuse("already-untracked", fmt::format("view/table already untracked: \"{}\"", name.shortened()));
  const ObjectId id{Kind::kTable, source_name, name, ""};
  std::vector<ObjectId> others;
  for (const ObjectId& dependent : call.draft.check().dependents({id})) {
    // What belongs to the table goes with it.
    if (dependent.of != name || dependent.kind == Kind::kFunction) others.push_back(dependent);
  }
  if (!others.empty() && !args.flag("cascade")) return std::unexpected(dependency_problem(others));
  for (const ObjectId& other : others) remove(call.draft.metadata(), other);
  remove(call.draft.metadata(), id);
  call.draft.touch();
  return {};
}

Outcome<json::Value> untrack_table(Call& call) {
  BUSFLOW_CHECK(drop_table(call, call.args));
  return success();
}

Outcome<json::Value> untrack_tables(Call& call) {
  BUSFLOW_TRY(const json::Value* tables, call.args.required("tables"));
  if (!tables->is_array()) return refuse("parse-failed", "expected Array for the key \"tables\"");
  for (const json::Value& item : tables->get_array()) {
    if (!item.is_object()) return refuse("parse-failed", "expected Object for a table");
    BUSFLOW_CHECK(drop_table(call, Arguments(item.get_object())));
  }
  return success();
}

Outcome<json::Value> set_table_is_enum(Call& call) {
  BUSFLOW_TRY(const TableName name, call.args.table());
  BUSFLOW_TRY(Table * table, call.draft.edit(call.args.source(), name));
  table->is_enum = call.args.flag("is_enum");
  call.draft.forget_catalog(call.args.source());  // It is read together with the rows of enums.
  call.subject = fmt::format("table {} in source {}", name.shortened(), call.args.source());
  return success();
}

Outcome<json::Value> set_table_customization(Call& call) {
  BUSFLOW_TRY(const TableName name, call.args.table());
  BUSFLOW_TRY(Table * table, call.draft.edit(call.args.source(), name));
  const json::Value* configuration = call.args.find("configuration");
  if (configuration == nullptr) {
    table->configuration = {};
    return success();
  }
  BUSFLOW_TRY(table->configuration, Arguments::read<TableConfiguration>(*configuration, ".configuration"));
  return success();
}

/// The older form: the configuration's fields are the arguments themselves.
Outcome<json::Value> set_table_custom_fields(Call& call) {
  BUSFLOW_TRY(const TableName name, call.args.table());
  BUSFLOW_TRY(Table * table, call.draft.edit(call.args.source(), name));
  BUSFLOW_TRY(table->configuration, call.args.part<TableConfiguration>(
                                        {"custom_root_fields", "custom_column_names", "custom_name", "comment"}));
  return success();
}

Outcome<json::Value> set_apollo_federation_config(Call& call) {
  BUSFLOW_TRY(const TableName name, call.args.table());
  BUSFLOW_TRY(Table * table, call.draft.edit(call.args.source(), name));
  const json::Value* value = call.args.find("apollo_federation_config");
  table->apollo_federation_config.reset();
  if (value != nullptr) table->apollo_federation_config = graphql::metadata::node_of(*value);
  return success();
}

constexpr std::array kOperations = {
    Operation{"track_table", track_table},
    Operation{"add_existing_table_or_view", track_table},
    Operation{"track_tables", track_tables},
    Operation{"untrack_table", untrack_table},
    Operation{"untrack_tables", untrack_tables},
    Operation{"set_table_is_enum", set_table_is_enum},
    Operation{"set_table_customization", set_table_customization},
    Operation{"set_table_custom_fields", set_table_custom_fields},
    Operation{"set_apollo_federation_config", set_apollo_federation_config},
};

}  // namespace

std::span<const Operation> table_operations() { return kOperations; }

Problem dependency_problem(const std::vector<ObjectId>& dependents) {
  std::vector<std::string> texts;
  for (const ObjectId& dependent : dependents) texts.push_back(dependent.describe());
  std::ranges::sort(texts);
  return {"dependency-error",
          fmt::format("cannot drop due to the following dependent objects: {}", fmt::join(texts, ", "))};
}

}  // namespace busflow::graphql_metadata
