#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "schema/actions.hpp"
#include "schema/types.hpp"

namespace busflow::graphql::schema {

/// Builds what `role` sees. Model and actions must outlive the schema. kInvalidMetadata names the cause.
Result<std::unique_ptr<RoleSchema>> build_role_schema(const Model& model, const ActionCatalog& actions,
                                                      std::string_view role);

/// The whole schema in the schema definition language.
std::string print_schema(const RoleSchema& schema);

/// Names and argument types that both the builder and the compiler use.
inline std::string select_column_type(const Table& table) { return table.graphql_name + "_select_column"; }
inline std::string bool_exp_type(const Table& table) { return table.graphql_name + "_bool_exp"; }
inline std::string order_by_type(const Table& table) { return table.graphql_name + "_order_by"; }
std::string comparison_type(const ColumnType& type);
/// Columns that sum, avg, … resp. min and max take.
bool is_numeric(const Column& column);
bool is_comparable(const Column& column);

}  // namespace busflow::graphql::schema
