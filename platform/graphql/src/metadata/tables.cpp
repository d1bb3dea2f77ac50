#include <array>
#include <charconv>

#include <fmt/format.h>

#include "metadata/node_reader.hpp"

namespace busflow::graphql::metadata {
namespace {

Result<std::vector<std::string>> column_list(const NodeReader& reader, std::string_view one, std::string_view several) {
  if (reader.find(several) != nullptr) return reader.texts(several);
  BUSFLOW_TRY(std::string column, reader.text(one));
  return std::vector<std::string>{std::move(column)};
}

Result<void> read_foreign_key(const Node& node, Relationship& relationship) {
  if (node.kind == Node::Kind::kText) {
    relationship.kind = Relationship::Using::kOwnForeignKey;
    relationship.columns = {node.text};
    return {};
  }
  if (node.kind == Node::Kind::kList) {
    relationship.kind = Relationship::Using::kOwnForeignKey;
    for (const Node& item : node.items) {
      BUSFLOW_TRY(std::string column, scalar_text(item, "a column"));
      relationship.columns.push_back(std::move(column));
    }
    return {};
  }
  BUSFLOW_TRY(const NodeReader reader, NodeReader::from(node, "'foreign_key_constraint_on'"));
  BUSFLOW_CHECK(reader.only({"table", "column", "columns"}));
  relationship.kind = Relationship::Using::kRemoteForeignKey;
  BUSFLOW_TRY(const Node* table, reader.required("table"));
  BUSFLOW_TRY(relationship.remote_table, table_name(*table));
  BUSFLOW_TRY(relationship.columns, column_list(reader, "column", "columns"));
  return {};
}

Result<void> read_manual(const Node& node, Relationship& relationship) {
  BUSFLOW_TRY(const NodeReader reader, NodeReader::from(node, "'manual_configuration'"));
  BUSFLOW_CHECK(reader.only({"remote_table", "column_mapping", "insertion_order"}));
  relationship.kind = Relationship::Using::kManual;
  BUSFLOW_TRY(const Node* table, reader.required("remote_table"));
  BUSFLOW_TRY(relationship.remote_table, table_name(*table));
  BUSFLOW_TRY(const Node* mapping, reader.required("column_mapping"));
  if (mapping->kind != Node::Kind::kMap || mapping->entries.empty()) {
    return invalid(mapping->location, "'column_mapping' must map own columns to columns of the remote table");
  }
  for (const auto& [own, remote] : mapping->entries) {
    BUSFLOW_TRY(std::string column, scalar_text(remote, "a remote column"));
    relationship.mapping.emplace_back(own, std::move(column));
  }
  return {};
}

Result<Relationship> read_relationship(const Node& node, bool is_array) {
  BUSFLOW_TRY(const NodeReader reader, NodeReader::from(node, "a relationship"));
  BUSFLOW_CHECK(reader.only({"name", "using", "comment"}));
  Relationship relationship;
  relationship.is_array = is_array;
  relationship.location = node.location;
  BUSFLOW_TRY(relationship.name, reader.text("name"));
  BUSFLOW_TRY(relationship.comment, reader.optional_text("comment"));
  BUSFLOW_TRY(const Node* using_node, reader.required("using"));
  BUSFLOW_TRY(const NodeReader using_reader, NodeReader::from(*using_node, "'using'"));
  BUSFLOW_CHECK(using_reader.only({"foreign_key_constraint_on", "manual_configuration"}));
  const Node* foreign_key = using_reader.find("foreign_key_constraint_on");
  const Node* manual = using_reader.find("manual_configuration");
  if ((foreign_key == nullptr) == (manual == nullptr)) {
    return invalid(using_node->location, "'using' needs either 'foreign_key_constraint_on' or 'manual_configuration'");
  }
  if (foreign_key != nullptr) {
    BUSFLOW_CHECK(read_foreign_key(*foreign_key, relationship));
    if (is_array && relationship.kind == Relationship::Using::kOwnForeignKey) {
      return invalid(foreign_key->location, "an array relationship needs the remote table: {table, column}");
    }
  } else {
    BUSFLOW_CHECK(read_manual(*manual, relationship));
  }
  return relationship;
}

Result<std::optional<std::int64_t>> read_limit(const NodeReader& reader) {
  const Node* node = reader.find("limit");
  if (node == nullptr) return std::nullopt;
  std::int64_t limit = 0;
  const auto [end, error] = std::from_chars(node->text.data(), node->text.data() + node->text.size(), limit);
  if (node->kind != Node::Kind::kInteger || error != std::errc() || limit < 0)
    return invalid(node->location, "'limit' must be a whole number, 0 or more");
  return limit;
}

Result<SelectPermission> read_select_permission(const Node& node) {
  BUSFLOW_TRY(const NodeReader entry, NodeReader::from(node, "a permission"));
  BUSFLOW_CHECK(entry.only({"role", "permission", "comment"}));
  SelectPermission permission;
  permission.location = node.location;
  BUSFLOW_TRY(permission.role, entry.text("role"));
  if (permission.role == "admin")
    return invalid(node.location, "the role admin may do everything and takes no permission");
  BUSFLOW_TRY(const Node* body, entry.required("permission"));
  BUSFLOW_TRY(const NodeReader reader, NodeReader::from(*body, "'permission'"));
  BUSFLOW_CHECK(
      reader.only({"columns", "filter", "limit", "allow_aggregations", "query_root_fields", "subscription_root_fields"},
                  {"computed_fields"}));
  BUSFLOW_TRY(const Node* columns, reader.required("columns"));
  permission.all_columns = columns->kind == Node::Kind::kText && columns->text == "*";
  if (!permission.all_columns) {
    BUSFLOW_TRY(permission.columns, reader.texts("columns"));
  }
  // A forgotten filter would open every tenant's rows, so it has to be written down.
  BUSFLOW_TRY(const Node* filter, reader.required("filter"));
  permission.filter = *filter;
  BUSFLOW_TRY(permission.limit, read_limit(reader));
  BUSFLOW_TRY(permission.allow_aggregations, reader.optional_boolean("allow_aggregations"));
  if (reader.find("query_root_fields") != nullptr) {
    BUSFLOW_TRY(permission.query_root_fields, reader.texts("query_root_fields"));
  }
  if (reader.find("subscription_root_fields") != nullptr) {
    BUSFLOW_TRY(permission.subscription_root_fields, reader.texts("subscription_root_fields"));
  }
  return permission;
}

/// Root field names and column names may be `name` or `{name, comment}`.
Result<std::string> name_or_map(const Node& node) {
  if (node.kind == Node::Kind::kText) return node.text;
  BUSFLOW_TRY(const NodeReader reader, NodeReader::from(node, "a custom name"));
  return reader.optional_text("name");
}

Result<void> read_column_configuration(const NodeReader& reader, Table& table) {
  if (const Node* columns = reader.find("column_config")) {
    for (const auto& [column, settings] : columns->entries) {
      BUSFLOW_TRY(const NodeReader column_reader, NodeReader::from(settings, "a column's configuration"));
      BUSFLOW_CHECK(column_reader.only({"custom_name", "comment"}));
      auto& configuration = table.columns[column];
      BUSFLOW_TRY(configuration.custom_name, column_reader.optional_text("custom_name"));
      BUSFLOW_TRY(configuration.comment, column_reader.optional_text("comment"));
    }
  }
  if (const Node* names = reader.find("custom_column_names")) {
    for (const auto& [column, name] : names->entries) {
      BUSFLOW_TRY(table.columns[column].custom_name, scalar_text(name, "a custom column name"));
    }
  }
  return {};
}

Result<void> read_configuration(const Node& node, Table& table) {
  BUSFLOW_TRY(const NodeReader reader, NodeReader::from(node, "'configuration'"));
  BUSFLOW_CHECK(reader.only({"custom_name", "comment", "custom_root_fields", "column_config", "custom_column_names"}));
  BUSFLOW_TRY(table.custom_name, reader.optional_text("custom_name"));
  BUSFLOW_TRY(table.comment, reader.optional_text("comment"));
  if (const Node* roots = reader.find("custom_root_fields")) {
    for (const auto& [root, name] : roots->entries) {
      if (name.kind == Node::Kind::kNull) continue;
      BUSFLOW_TRY(table.custom_root_fields[root], name_or_map(name));
    }
  }
  return read_column_configuration(reader, table);
}

}  // namespace

Result<Table> read_table(const Node& node) {
  BUSFLOW_TRY(const NodeReader reader, NodeReader::from(node, "a table entry"));
  BUSFLOW_CHECK(
      reader.only({"table", "configuration", "object_relationships", "array_relationships", "select_permissions"},
                  {"is_enum", "computed_fields", "remote_relationships", "insert_permissions", "update_permissions",
                   "delete_permissions", "event_triggers", "apollo_federation_config"}));
  Table table;
  table.location = node.location;
  BUSFLOW_TRY(const Node* name, reader.required("table"));
  BUSFLOW_TRY(table.name, table_name(*name));
  if (const Node* configuration = reader.find("configuration")) {
    BUSFLOW_CHECK(read_configuration(*configuration, table));
  }
  for (const bool is_array : {false, true}) {
    BUSFLOW_TRY(const auto nodes, reader.list(is_array ? "array_relationships" : "object_relationships"));
    for (const Node* item : nodes) {
      BUSFLOW_TRY(Relationship relationship, read_relationship(*item, is_array));
      table.relationships.push_back(std::move(relationship));
    }
  }
  BUSFLOW_TRY(const auto permissions, reader.list("select_permissions"));
  for (const Node* item : permissions) {
    BUSFLOW_TRY(SelectPermission permission, read_select_permission(*item));
    table.select_permissions.push_back(std::move(permission));
  }
  return table;
}

}  // namespace busflow::graphql::metadata
