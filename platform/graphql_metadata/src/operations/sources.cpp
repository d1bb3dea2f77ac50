#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "operations/call.hpp"

namespace busflow::graphql_metadata {
namespace {

using graphql::metadata::Customization;
using graphql::metadata::Source;

Outcome<json::Value> add_source(Call& call) {
  BUSFLOW_TRY(const std::string name, call.args.text("name"));
  json::Object entry{{"name", name}, {"kind", "postgres"}};
  for (const std::string_view key : {"configuration", "customization", "health_check"}) {
    if (const json::Value* value = call.args.find(key)) entry[key] = *value;
  }
  BUSFLOW_TRY(Source source, Arguments::read<Source>(entry));
  auto& sources = call.draft.metadata().sources;
  const auto known = std::ranges::find(sources, name, &Source::name);
  if (known != sources.end()) {
    if (!call.args.flag("replace_configuration"))
      return refuse("already-exists", fmt::format("source with name \"{}\" already exists", name));
    known->connection = source.connection;
    known->customization = source.customization;
    call.draft.forget_catalog(name);
  } else {
    sources.push_back(std::move(source));
  }
  call.draft.touch();
  call.subject = fmt::format("source {}", name);
  return success();
}

Outcome<json::Value> drop_source(Call& call) {
  BUSFLOW_TRY(const std::string name, call.args.text("name"));
  BUSFLOW_TRY(const Source* source, call.draft.source(name));
  const bool is_used = !source->tables.empty() || !source->functions.empty();
  if (is_used && !call.args.flag("cascade")) {
    std::vector<std::string> texts;
    for (const auto& table : source->tables)
      texts.push_back(ObjectId{ObjectId::Kind::kTable, name, table->name, ""}.describe());
    for (const auto& function : source->functions)
      texts.push_back(ObjectId{ObjectId::Kind::kFunction, name, function.name, ""}.describe());
    return refuse("dependency-error",
                  fmt::format("cannot drop due to the following dependent objects: {}", fmt::join(texts, ", ")));
  }
  std::erase_if(call.draft.metadata().sources, [&](const Source& each) { return each.name == name; });
  call.draft.forget_catalog(name);
  call.draft.touch();
  return success();
}

Outcome<json::Value> rename_source(Call& call) {
  BUSFLOW_TRY(const std::string name, call.args.text("name"));
  BUSFLOW_TRY(const std::string new_name, call.args.text("new_name"));
  BUSFLOW_TRY(Source * source, call.draft.source(name));
  if (new_name != name && call.draft.source(new_name))
    return refuse("already-exists", fmt::format("source with name \"{}\" already exists", new_name));
  source->name = new_name;
  call.draft.forget_catalog(name);
  call.draft.touch();
  return success();
}

Outcome<json::Value> update_source(Call& call) {
  BUSFLOW_TRY(const std::string name, call.args.text("name"));
  BUSFLOW_TRY(Source * source, call.draft.source(name));
  if (const json::Value* configuration = call.args.find("configuration")) {
    BUSFLOW_TRY(Source changed,
                Arguments::read<Source>(json::Object{{"name", name}, {"configuration", *configuration}}));
    source->connection = changed.connection;
    source->read_replicas = changed.read_replicas;
  }
  if (const json::Value* customization = call.args.find("customization")) {
    BUSFLOW_TRY(source->customization, Arguments::read<Customization>(*customization, ".customization"));
  }
  call.draft.forget_catalog(name);
  call.draft.touch();
  return success();
}

Outcome<json::Value> list_sources(Call& call) {
  json::Array sources;
  for (const Source& source : call.draft.metadata().sources) sources.emplace_back(source.name);
  return sources;
}

Outcome<json::Value> get_source_tables(Call& call) {
  BUSFLOW_TRY(const auto catalog, call.draft.catalog(call.args.source()));
  json::Array tables;
  for (const auto& table : catalog->tables) {
    if (table.schema != "hdb_catalog") tables.push_back(json::Object{{"schema", table.schema}, {"name", table.name}});
  }
  return tables;
}

Outcome<json::Value> get_table_info(Call& call) {
  BUSFLOW_TRY(const auto catalog, call.draft.catalog(call.args.source()));
  BUSFLOW_TRY(const auto name, call.args.table());
  const auto* table = catalog->find(name.schema, name.name);
  if (table == nullptr)
    return refuse("not-exists", fmt::format("no such table/view exists in source: \"{}\"", name.shortened()));
  json::Array columns;
  for (const auto& column : table->columns) {
    columns.push_back(json::Object{{"name", column.name},
                                   {"type", column.is_array ? column.type_name + "[]" : column.type_name},
                                   {"nullable", column.is_nullable}});
  }
  json::Array key;
  for (const auto& column : table->primary_key) key.emplace_back(column);
  return json::Object{
      {"name", graphql::metadata::encode(name)}, {"columns", std::move(columns)}, {"primary_key", std::move(key)}};
}

constexpr std::array kOperations = {
    Operation{"add_source", add_source},         Operation{"drop_source", drop_source},
    Operation{"rename_source", rename_source},   Operation{"update_source", update_source},
    Operation{"list_sources", list_sources},     Operation{"get_source_tables", get_source_tables},
    Operation{"get_table_info", get_table_info},
};

}  // namespace

std::span<const Operation> source_operations() { return kOperations; }

}  // namespace busflow::graphql_metadata
