#include <fmt/format.h>

#include "schema/role_schema.hpp"
#include "schema/type_registry.hpp"

/// Relay's server specification (relay.dev/docs/guides/graphql-server-specification), named as Hasura names it.
namespace busflow::graphql::schema {
namespace {

using Meaning = Field::Meaning;

Field plain_field(std::string name, Meaning meaning, TypeReference type, std::string description = {}) {
  Field field;
  field.name = std::move(name);
  field.meaning = meaning;
  field.type = std::move(type);
  field.description = std::move(description);
  return field;
}

/// t_connection's type tConnection, and tEdge.
std::string connection_type(const Table& table) { return table.type_name("Connection"); }

void add_connection_types(TypeRegistry& registry, const TableAccess& access) {
  const Table& table = *access.table;
  const auto [connection, is_new] = registry.type(connection_type(table), Type::Kind::kObject);
  if (!is_new) return;
  const std::string edge_type = table.type_name("Edge");
  connection->description = fmt::format("A Relay connection object on \"{}\"", table.graphql_name);
  connection->fields.push_back(plain_field("pageInfo", Meaning::kPageInfo, TypeReference("PageInfo").non_null()));
  connection->fields.push_back(
      plain_field("edges", Meaning::kEdges, TypeReference(edge_type).non_null().list().non_null()));
  Type& edge = *registry.type(edge_type, Type::Kind::kObject).first;
  edge.fields.push_back(plain_field("cursor", Meaning::kCursor, TypeReference("String").non_null()));
  edge.fields.push_back(plain_field("node", Meaning::kEdgeNode, TypeReference(table.graphql_name).non_null()));
}

}  // namespace

bool is_node(const RoleSchema& schema, const Table& table) { return schema.is_relay && !table.primary_key.empty(); }

void add_relay_types(TypeRegistry& registry) {
  registry.scalar("ID");
  Type& node = *registry.type(kNodeType, Type::Kind::kInterface).first;
  node.description = "An object with globally unique ID";
  node.fields.push_back(
      plain_field("id", Meaning::kGlobalId, TypeReference("ID").non_null(), "A globally unique identifier"));
  Type& page = *registry.type("PageInfo", Type::Kind::kObject).first;
  page.fields.push_back(plain_field("hasNextPage", Meaning::kHasNextPage, TypeReference("Boolean").non_null()));
  page.fields.push_back(plain_field("hasPreviousPage", Meaning::kHasPreviousPage, TypeReference("Boolean").non_null()));
  page.fields.push_back(plain_field("startCursor", Meaning::kStartCursor, TypeReference("String").non_null()));
  page.fields.push_back(plain_field("endCursor", Meaning::kEndCursor, TypeReference("String").non_null()));
}

Field global_id_field(TypeRegistry& registry, const TableAccess& access) {
  Field field = plain_field("id", Meaning::kGlobalId, registry.scalar("ID").non_null());
  field.table = &access;
  return field;
}

Field connection_field(TypeRegistry& registry, const TableAccess& access, std::string name) {
  add_connection_types(registry, access);
  const Table& table = *access.table;
  Field field = plain_field(std::move(name), Meaning::kConnection, TypeReference(connection_type(table)).non_null());
  field.table = &access;
  for (const std::string_view cursor : {"after", "before"})
    field.arguments.push_back(input(std::string(cursor), registry.scalar("String")));
  for (const std::string_view count : {"first", "last"})
    field.arguments.push_back(input(std::string(count), registry.scalar("Int")));
  for (InputValue& argument : select_arguments(registry, table)) {
    if (argument.name != "limit" && argument.name != "offset") field.arguments.push_back(std::move(argument));
  }
  return field;
}

std::vector<Field> relay_fields(TypeRegistry& registry, OperationKind kind) {
  const RoleSchema& schema = registry.schema();
  std::vector<Field> fields;
  if (schema.access.tables().empty()) return fields;
  Field node = plain_field("node", Meaning::kNode, TypeReference(std::string(kNodeType)));
  node.arguments.push_back(input("id", TypeReference("ID").non_null(), "A globally unique id"));
  fields.push_back(std::move(node));
  for (const auto& access : schema.access.tables()) {
    const auto& offered = kind == OperationKind::kQuery ? access->query : access->subscription;
    const Table& table = *access->table;
    if (!offered.select || !is_node(schema, table)) continue;
    Field field = connection_field(registry, *access, table.naming().root_field({}, table.base, "_connection"));
    field.description = table.root_description("select", "fetch data from the table: {}");
    fields.push_back(std::move(field));
  }
  return fields;
}

}  // namespace busflow::graphql::schema
