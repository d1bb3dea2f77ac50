#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "schema/actions.hpp"
#include "schema/types.hpp"

namespace busflow::graphql::schema {

struct RoleSchemaOptions {
  bool is_backend = false;                  ///< With the mutations that are for backends only.
  bool infers_function_permissions = true;  ///< Functions that read need no permission of their own.
  bool is_relay = false;
};

/// Builds what `role` sees. Model and actions must outlive the schema. kInvalidMetadata names the cause.
Result<std::unique_ptr<RoleSchema>> build_role_schema(const Model& model, const ActionCatalog& actions,
                                                      std::string_view role, RoleSchemaOptions options = {});

/// The whole schema in the schema definition language.
std::string print_schema(const RoleSchema& schema);

/// Names and argument types that both the builder and the compiler use.
inline std::string select_column_type(const Table& table) { return table.type_name("_select_column"); }
inline std::string bool_exp_type(const Table& table) { return table.type_name("_bool_exp"); }
/// Of "rel_aggregate" in `where`, and of one function there: "count", "bool_and", "bool_or".
inline std::string aggregate_bool_exp_type(const Table& table) { return table.type_name("_aggregate_bool_exp"); }
inline std::string aggregate_bool_exp_type(const Table& table, std::string_view function) {
  return table.type_name("_aggregate_bool_exp_" + std::string(function));
}
/// The columns that bool_and and bool_or take.
inline std::string aggregate_columns_type(const Table& table, std::string_view function) {
  return table.type_name("_select_column_" + table.base.text + "_aggregate_bool_exp_" + std::string(function) +
                         "_arguments_columns");
}
inline std::string order_by_type(const Table& table) { return table.type_name("_order_by"); }
inline std::string insert_input_type(const Table& table) { return table.type_name("_insert_input"); }
inline std::string object_insert_type(const Table& table) { return table.type_name("_obj_rel_insert_input"); }
inline std::string array_insert_type(const Table& table) { return table.type_name("_arr_rel_insert_input"); }
inline std::string on_conflict_type(const Table& table) { return table.type_name("_on_conflict"); }
inline std::string constraint_type(const Table& table) { return table.type_name("_constraint"); }
inline std::string update_column_type(const Table& table) { return table.type_name("_update_column"); }
inline std::string pk_columns_type(const Table& table) { return table.type_name("_pk_columns_input"); }
inline std::string updates_type(const Table& table) { return table.type_name("_updates"); }
inline std::string stream_cursor_type(const Table& table) { return table.type_name("_stream_cursor_input"); }
inline std::string stream_value_type(const Table& table) { return table.type_name("_stream_cursor_value_input"); }
inline std::string stream_ordering_type(const Naming& naming) { return naming.shared_type("cursor_ordering"); }
inline std::string aggregate_type(const Table& table) { return table.type_name("_aggregate"); }
inline std::string mutation_response_type(const Table& table) { return table.type_name("_mutation_response"); }
/// What stands in t_update_column when the role may update nothing.
inline constexpr std::string_view kNoUpdateColumn = "_PLACEHOLDER";

/// One way to change columns: an argument of the update fields.
struct UpdateOperator {
  std::string_view name;  ///< "_set"
  enum class Operand : std::uint8_t { kColumn, kText, kInteger, kTexts } operand = Operand::kColumn;
  std::string_view description;

  /// "t_set_input"
  std::string input_type(const Table& table) const;
  bool applies_to(const Column& column) const;
  /// The type of the value for the column, which may be null.
  TypeReference value_type(const Column& column) const;
};
std::span<const UpdateOperator> update_operators();

inline std::string aggregate_order_by_type(const Table& table) { return table.type_name("_aggregate_order_by"); }
inline std::string function_order_by_type(const Table& table, std::string_view function) {
  return table.type_name("_" + std::string(function) + "_order_by");
}
/// The same name with static storage; empty when there is no such aggregate function.
std::string_view aggregate_function(std::string_view name);
std::string comparison_type(const Naming& naming, const ColumnType& type);
inline std::string direction_type(const Naming& naming) { return naming.shared_type("order_by"); }
inline std::string json_cast_type(const Naming& naming) { return naming.shared_type("jsonb_cast_exp"); }
/// Columns that bool_and and bool_or take.
bool is_boolean(const Column& column);
/// Columns that sum, avg, … resp. min and max take.
bool is_numeric(const Column& column);
bool is_comparable(const Column& column);

}  // namespace busflow::graphql::schema
