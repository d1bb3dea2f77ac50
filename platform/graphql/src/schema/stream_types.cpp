#include "schema/role_schema.hpp"
#include "schema/type_registry.hpp"

/// Streaming subscriptions (hasura.io/docs/2.0/subscriptions/postgres/streaming): t_stream and the types of its
/// arguments.
namespace busflow::graphql::schema {
namespace {

void add_ordering(TypeRegistry& registry, const Naming& naming) {
  const auto [ordering, is_new] = registry.type(stream_ordering_type(naming), Type::Kind::kEnum);
  if (!is_new) return;
  ordering->description = "ordering argument of a cursor";
  ordering->enum_values = {{"ASC", "ascending ordering of the cursor"}, {"DESC", "descending ordering of the cursor"}};
}

void add_cursor_types(TypeRegistry& registry, const TableAccess& access) {
  const Table& table = *access.table;
  const Naming& naming = table.naming();
  add_ordering(registry, naming);
  Type& cursor = *registry.type(stream_cursor_type(table), Type::Kind::kInputObject).first;
  cursor.description = "Streaming cursor of the table \"" + table.graphql_name + "\"";
  cursor.input_fields = {input(naming, "initial_value", TypeReference(stream_value_type(table)).non_null(),
                               "Stream column input with initial value"),
                         input("ordering", TypeReference(stream_ordering_type(naming)), "cursor ordering")};
  Type& value = *registry.type(stream_value_type(table), Type::Kind::kInputObject).first;
  value.description = "Initial value of the column from where the streaming should start";
  for (const Column* column : access.columns)
    value.input_fields.push_back(input(column->graphql_name, registry.column(*column).nullable()));
}

}  // namespace

Field stream_field(TypeRegistry& registry, const TableAccess& access) {
  const Table& table = *access.table;
  const Naming& naming = table.naming();
  add_cursor_types(registry, access);
  Field field;
  field.table = &access;
  field.name = table.stream_field;
  field.description = table.root_description("select_stream", "fetch data from the table in a streaming manner: {}");
  field.meaning = Field::Meaning::kStream;
  field.arguments = {input(naming, "batch_size", registry.scalar("Int").non_null(),
                           "maximum number of rows returned in a single batch"),
                     input("cursor", TypeReference(stream_cursor_type(table)).list().non_null(),
                           "cursor to stream the results returned by the query"),
                     input("where", TypeReference(bool_exp_type(table)), "filter the rows returned")};
  field.type = TypeReference(table.graphql_name).non_null().list().non_null();
  return field;
}

}  // namespace busflow::graphql::schema
