#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "operations/call.hpp"

namespace busflow::graphql_metadata {
namespace {

using graphql::metadata::ComputedField;
using graphql::metadata::Node;
using graphql::metadata::Relationship;
using graphql::metadata::RemoteRelationship;
using graphql::metadata::Table;
using graphql::metadata::TableName;
using Kind = ObjectId::Kind;

Outcome<void> add_relationship(Call& call, const Arguments& args, bool is_array) {
  BUSFLOW_TRY(const TableName name, args.table());
  BUSFLOW_TRY(Relationship relationship, args.part<Relationship>({"name", "using", "comment"}));
  relationship.is_array = is_array;
  BUSFLOW_TRY(Table * table, call.draft.edit(args.source(), name));
  if (std::ranges::find(table->relationships, relationship.name, &Relationship::name) != table->relationships.end()) {
    return refuse("already-exists", fmt::format("field with name \"{}\" already exists in table \"{}\"",
                                                relationship.name, name.shortened()));
  }
  call.subject = fmt::format("{} {} in table {} in source {}", is_array ? "array_relation" : "object_relation",
                             relationship.name, name.shortened(), args.source());
  table->relationships.push_back(std::move(relationship));
  return {};
}

Outcome<json::Value> create_object_relationship(Call& call) {
  BUSFLOW_CHECK(add_relationship(call, call.args, false));
  return success();
}

Outcome<json::Value> create_array_relationship(Call& call) {
  BUSFLOW_CHECK(add_relationship(call, call.args, true));
  return success();
}

Outcome<Relationship*> find_relationship(Call& call, Table& table, const std::string& relationship) {
  const auto found = std::ranges::find(table.relationships, relationship, &Relationship::name);
  if (found != table.relationships.end()) return &*found;
  return refuse("not-exists", fmt::format("relationship \"{}\" does not exist in table \"{}\"", relationship,
                                          call.args.table()->shortened()));
}

Outcome<json::Value> drop_relationship(Call& call) {
  BUSFLOW_TRY(const TableName name, call.args.table());
  BUSFLOW_TRY(const std::string relationship, call.args.text("relationship"));
  BUSFLOW_TRY(Table * table, call.draft.edit(call.args.source(), name));
  BUSFLOW_CHECK(find_relationship(call, *table, relationship));
  const ObjectId id{Kind::kRelationship, call.args.source(), name, relationship};
  const auto dependents = call.draft.check().dependents({id});
  if (!dependents.empty() && !call.args.flag("cascade")) return std::unexpected(dependency_problem(dependents));
  for (const ObjectId& dependent : dependents) remove(call.draft.metadata(), dependent);
  remove(call.draft.metadata(), id);
  return success();
}

/// Permissions refer to relationships by name: those must follow.
void rename_in_expression(Node& node, const std::string& from, const std::string& to) {
  for (Node& item : node.items) rename_in_expression(item, from, to);
  for (auto& entry : node.entries) {
    if (entry.key == from) entry.key = to;
    if (entry.key.starts_with('_') || entry.key.starts_with('$')) rename_in_expression(entry.value, from, to);
  }
}

Outcome<json::Value> rename_relationship(Call& call) {
  BUSFLOW_TRY(const TableName name, call.args.table());
  BUSFLOW_TRY(const std::string from, call.args.text("name"));
  BUSFLOW_TRY(const std::string to, call.args.text("new_name"));
  BUSFLOW_TRY(Table * table, call.draft.edit(call.args.source(), name));
  BUSFLOW_TRY(Relationship * relationship, find_relationship(call, *table, from));
  if (std::ranges::find(table->relationships, to, &Relationship::name) != table->relationships.end()) {
    return refuse("already-exists",
                  fmt::format("cannot rename relationship \"{}\" to \"{}\" in table \"{}\" as a column/relationship "
                              "with the name already exists",
                              from, to, name.shortened()));
  }
  relationship->name = to;
  for (auto& permission : table->insert_permissions) rename_in_expression(permission.check, from, to);
  for (auto& permission : table->select_permissions) rename_in_expression(permission.filter, from, to);
  for (auto& permission : table->update_permissions) {
    rename_in_expression(permission.filter, from, to);
    if (permission.check) rename_in_expression(*permission.check, from, to);
  }
  for (auto& permission : table->delete_permissions) rename_in_expression(permission.filter, from, to);
  call.subject =
      fmt::format("{} {} in table {} in source {}", relationship->is_array ? "array_relation" : "object_relation", to,
                  name.shortened(), call.args.source());
  return success();
}

Outcome<json::Value> set_relationship_comment(Call& call) {
  BUSFLOW_TRY(const TableName name, call.args.table());
  BUSFLOW_TRY(const std::string relationship, call.args.text("relationship"));
  BUSFLOW_TRY(Table * table, call.draft.edit(call.args.source(), name));
  BUSFLOW_TRY(Relationship * found, find_relationship(call, *table, relationship));
  found->comment.reset();
  if (call.args.find("comment") != nullptr) found->comment = call.args.text_or("comment", "");
  return success();
}

json::Value suggestion(std::string_view type, const TableName& from, const std::vector<std::string>& from_columns,
                       const TableName& to, const std::vector<std::string>& to_columns) {
  const auto side = [](const TableName& table, const std::vector<std::string>& columns) {
    json::Array list;
    for (const auto& column : columns) list.emplace_back(column);
    return json::Object{{"table", graphql::metadata::encode(table)}, {"columns", std::move(list)}};
  };
  return json::Object{{"type", type}, {"from", side(from, from_columns)}, {"to", side(to, to_columns)}};
}

/// Foreign keys between tracked tables that no relationship follows yet.
Outcome<json::Value> suggest_relationships(Call& call) {
  BUSFLOW_TRY(const graphql::metadata::Source* source, call.draft.source(call.args.source()));
  BUSFLOW_TRY(const auto catalog, call.draft.catalog(source->name));
  const bool omit_tracked = call.args.flag("omit_tracked");
  json::Array suggestions;
  for (const auto& table : source->tables) {
    const auto* known = catalog->find(table->name.schema, table->name.name);
    if (known == nullptr) continue;
    for (const auto& key : known->foreign_keys) {
      const TableName to{key.target_schema, key.target_table};
      const auto* target = source->find_table(to);
      if (target == nullptr) continue;
      std::vector<std::string> own;
      std::vector<std::string> remote;
      for (const auto& [column, target_column] : key.columns) {
        own.push_back(column);
        remote.push_back(target_column);
      }
      const auto follows = [&](const Relationship& each) {
        return each.kind == Relationship::Using::kOwnForeignKey && each.columns == own;
      };
      const auto comes_back = [&](const Relationship& each) {
        return each.kind == Relationship::Using::kRemoteForeignKey && each.remote_table == table->name &&
               each.columns == own;
      };
      if (!omit_tracked || std::ranges::none_of(table->relationships, follows))
        suggestions.push_back(suggestion("object", table->name, own, to, remote));
      if (!omit_tracked || std::ranges::none_of(target->relationships, comes_back))
        suggestions.push_back(suggestion("array", to, remote, table->name, own));
    }
  }
  return json::Object{{"relationships", std::move(suggestions)}};
}

// ---- Computed fields and remote relationships
// ------------------------------------------------------------------------

Outcome<json::Value> add_computed_field(Call& call) {
  BUSFLOW_TRY(const TableName name, call.args.table());
  BUSFLOW_TRY(ComputedField field, call.args.part<ComputedField>({"name", "definition", "comment"}));
  BUSFLOW_TRY(Table * table, call.draft.edit(call.args.source(), name));
  if (std::ranges::find(table->computed_fields, field.name, &ComputedField::name) != table->computed_fields.end()) {
    return refuse("already-exists",
                  fmt::format("computed field \"{}\" already exists in table \"{}\"", field.name, name.shortened()));
  }
  call.subject =
      fmt::format("computed_field {} in table {} in source {}", field.name, name.shortened(), call.args.source());
  table->computed_fields.push_back(std::move(field));
  return success();
}

Outcome<json::Value> drop_computed_field(Call& call) {
  BUSFLOW_TRY(const TableName name, call.args.table());
  BUSFLOW_TRY(const std::string field, call.args.text("name"));
  BUSFLOW_TRY(const Table* table, call.draft.table(call.args.source(), name));
  if (std::ranges::find(table->computed_fields, field, &ComputedField::name) == table->computed_fields.end()) {
    return refuse("not-exists",
                  fmt::format("computed field \"{}\" does not exist in table \"{}\"", field, name.shortened()));
  }
  const ObjectId id{Kind::kComputedField, call.args.source(), name, field};
  const auto dependents = call.draft.check().dependents({id});
  if (!dependents.empty() && !call.args.flag("cascade")) return std::unexpected(dependency_problem(dependents));
  for (const ObjectId& dependent : dependents) remove(call.draft.metadata(), dependent);
  remove(call.draft.metadata(), id);
  call.draft.touch();
  return success();
}

Outcome<json::Value> create_remote_relationship(Call& call) {
  BUSFLOW_TRY(const TableName name, call.args.table());
  BUSFLOW_TRY(RemoteRelationship relationship, call.args.part<RemoteRelationship>({"name", "definition"}));
  BUSFLOW_TRY(Table * table, call.draft.edit(call.args.source(), name));
  auto& list = table->remote_relationships;
  const auto known = std::ranges::find(list, relationship.name, &RemoteRelationship::name);
  if (call.operation == "update_remote_relationship") {
    if (known == list.end())
      return refuse("not-exists", fmt::format("remote relationship \"{}\" does not exist", relationship.name));
    *known = std::move(relationship);
    return success();
  }
  if (known != list.end())
    return refuse("already-exists", fmt::format("remote relationship \"{}\" already exists", relationship.name));
  list.push_back(std::move(relationship));
  return success();
}

Outcome<json::Value> delete_remote_relationship(Call& call) {
  BUSFLOW_TRY(const TableName name, call.args.table());
  BUSFLOW_TRY(const std::string relationship, call.args.text("name"));
  BUSFLOW_TRY(Table * table, call.draft.edit(call.args.source(), name));
  if (std::erase_if(table->remote_relationships, [&](const auto& each) { return each.name == relationship; }) == 0)
    return refuse("not-exists", fmt::format("remote relationship \"{}\" does not exist", relationship));
  return success();
}

constexpr std::array kOperations = {
    Operation{"create_object_relationship", create_object_relationship},
    Operation{"create_array_relationship", create_array_relationship},
    Operation{"drop_relationship", drop_relationship},
    Operation{"rename_relationship", rename_relationship},
    Operation{"set_relationship_comment", set_relationship_comment},
    Operation{"suggest_relationships", suggest_relationships},
    Operation{"add_computed_field", add_computed_field},
    Operation{"drop_computed_field", drop_computed_field},
    Operation{"create_remote_relationship", create_remote_relationship},
    Operation{"update_remote_relationship", create_remote_relationship},
    Operation{"delete_remote_relationship", delete_remote_relationship},
};

}  // namespace

std::span<const Operation> relationship_operations() { return kOperations; }

}  // namespace busflow::graphql_metadata
