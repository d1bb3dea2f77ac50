#include <algorithm>

#include <fmt/format.h>

#include "metadata/node_reader.hpp"
#include "schema/model.hpp"

namespace busflow::graphql::schema {
namespace {

using metadata::invalid;

/// The target's side of a join. `what` is the relationship, for messages.
Result<std::unique_ptr<Join>> begin_join(const Model& model, std::string_view source, const metadata::TableName& target,
                                         const metadata::SourceLocation& location, const std::string& what) {
  auto join = std::make_unique<Join>();
  join->target = model.find(source, target);
  if (join->target == nullptr) {
    return invalid(location,
                   fmt::format("{}: the table {} of source '{}' is not tracked", what, target.describe(), source));
  }
  return join;
}

Result<const Column*> target_column(const Join& join, const std::string& name, const metadata::SourceLocation& location,
                                    const std::string& what) {
  const Column* column = join.target->find_column(name);
  if (column == nullptr)
    return invalid(location, fmt::format("{}: {} has no column '{}'", what, join.target->name.describe(), name));
  return column;
}

}  // namespace

Result<std::unique_ptr<Join>> join_of(const Model& model, const Table& table,
                                      const metadata::RemoteRelationship& source) {
  if (!source.target) return std::unique_ptr<Join>();
  const metadata::RemoteRelationship::Target& to = *source.target;
  const std::string what = fmt::format("remote relationship '{}' of {}", source.name, table.name.describe());
  if (!is_graphql_name(source.name)) return invalid(source.location, what + ": the name is not a GraphQL name");
  const auto has_name = [&](const Column& column) { return column.graphql_name == source.name; };
  if (std::ranges::any_of(table.columns, has_name) || table.find_any_relationship(source.name) != nullptr)
    return invalid(source.location, what + ": another field has the same name");
  BUSFLOW_TRY(auto join, begin_join(model, to.source, to.table, source.location, what));
  join->name = source.name;
  join->is_array = to.is_array;
  for (const auto& [own, target] : to.field_mapping) {
    const Column* column = table.find_column(own);
    if (column == nullptr)
      return invalid(source.location, fmt::format("{}: {} has no column '{}'", what, table.name.describe(), own));
    BUSFLOW_TRY(const Column* const other, target_column(*join, target, source.location, what));
    join->keys.push_back({.own = own, .own_column = column, .target = other});
  }
  return join;
}

Result<std::unique_ptr<Join>> join_of(const Model& model, const metadata::CustomObject& type,
                                      const metadata::CustomRelationship& source) {
  const std::string what = fmt::format("relationship '{}' of the type '{}'", source.name, type.name);
  const auto has_field = [&](const std::string& name) {
    return std::ranges::find(type.fields, name, &metadata::TypedName::name) != type.fields.end();
  };
  if (!is_graphql_name(source.name)) return invalid(source.location, what + ": the name is not a GraphQL name");
  if (has_field(source.name)) return invalid(source.location, what + ": a field has the same name");
  BUSFLOW_TRY(auto join, begin_join(model, source.source, source.remote_table, source.location, what));
  join->name = source.name;
  join->is_array = source.is_array;
  for (const auto& [own, target] : source.field_mapping) {
    if (!has_field(own)) return invalid(source.location, fmt::format("{}: the type has no field '{}'", what, own));
    BUSFLOW_TRY(const Column* const other, target_column(*join, target, source.location, what));
    join->keys.push_back({.own = own, .target = other});
  }
  return join;
}

}  // namespace busflow::graphql::schema
