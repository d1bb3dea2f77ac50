#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "language/syntax_tree.hpp"
#include "schema/types.hpp"

namespace busflow::graphql::schema {

/// Collects a role's types by name while the schema is being built.
class TypeRegistry {
 public:
  explicit TypeRegistry(RoleSchema& schema) : schema_(schema) {}

  /// The type of this name, made when it is not there yet; `is_new` says which.
  std::pair<Type*, bool> type(std::string_view name, Type::Kind kind);
  TypeReference scalar(std::string_view name);
  /// The type of a column's values, or of their elements: a scalar or an enum.
  void value_type(const ColumnType& type);
  /// The reference to a column's type, whose scalar is registered.
  TypeReference column(const Column& column);
  void add(const language::TypeDefinition& definition);
  const RoleSchema& schema() const { return schema_; }

 private:
  RoleSchema& schema_;
};

InputValue input(std::string name, TypeReference type, std::string description = {});
/// One whose name follows the convention of its source; `key` has static storage.
InputValue input(const Naming& naming, std::string_view key, TypeReference type, std::string description = {});
Field from_definition(const language::FieldDefinition& definition);

/// The types of one table: object, where, order_by, columns, aggregates.
void add_table_types(TypeRegistry& registry, const TableAccess& access);
/// The fields of a join, to the type of the objects it starts from.
void add_join_fields(TypeRegistry& registry, const JoinAccess& access, Type& object);
/// `distinct_on`, `limit`, `offset`, `order_by`, `where`.
std::vector<InputValue> select_arguments(TypeRegistry& registry, const Table& table);
/// The table's rows as they come in; its arguments' types are registered.
Field stream_field(TypeRegistry& registry, const TableAccess& access);
/// `args`, when the function takes any of the request.
std::vector<InputValue> function_arguments(TypeRegistry& registry, const Function& function);
/// The root fields of functions that the role may call.
std::vector<Field> function_fields(TypeRegistry& registry, const RoleSchema& schema, const Model& model,
                                   bool is_mutation);
/// The fields that write tables, and the types of their arguments and answers.
std::vector<Field> mutation_fields(TypeRegistry& registry, const WriteAccess& writes);
/// Relay's parts of the schema: Node, PageInfo, connections. Rows without a primary key have none of them.
bool is_node(const RoleSchema& schema, const Table& table);
void add_relay_types(TypeRegistry& registry);
/// `id` of a row.
Field global_id_field(TypeRegistry& registry, const TableAccess& access);
/// The rows of the table in pages; the caller says which rows. Its type is registered.
Field connection_field(TypeRegistry& registry, const TableAccess& access, std::string name);
/// `node` and a connection for each table that `offers` names.
std::vector<Field> relay_fields(TypeRegistry& registry, OperationKind kind);
/// The __Schema family (GraphQL, October 2021, section 4).
void add_introspection_types(TypeRegistry& registry);

}  // namespace busflow::graphql::schema
