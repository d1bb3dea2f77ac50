#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <platform/base/result.hpp>
#include <platform/postgres/transaction.hpp>

namespace busflow::graphql {

/// What PostgreSQL says about its tables and views. Names are as in the catalog, unquoted.
struct CatalogColumn {
  std::string name;
  std::string type_name;    ///< pg_type.typname of the column, or of the element when it is an array: "int4", "uuid".
  std::string type_schema;  ///< "pg_catalog" for built-in types.
  bool is_array = false;
  bool is_nullable = true;
  bool is_writable = true;  ///< Not generated: neither from an expression nor as an identity, always.
  std::string comment;
};

/// A primary key or unique constraint.
struct CatalogConstraint {
  std::string name;
  std::vector<std::string> columns;
};

struct CatalogForeignKey {
  std::string name;
  std::string target_schema;
  std::string target_table;
  std::vector<std::pair<std::string, std::string>> columns;  ///< Own column, column of the target.
};

/// A row of a table that stands for an enum.
struct CatalogEnumValue {
  std::string name;
  std::string description;
};

/// Shared, since plans check values by them for as long as they are used, which may be longer than the catalog is.
using CatalogEnumValues = std::shared_ptr<const std::vector<CatalogEnumValue>>;

/// What a table that metadata tracks as an enum holds (hasura.io/docs/2.0/schema/postgres/enums): its values, in order,
/// or the reason why it can be none.
struct CatalogEnum {
  std::vector<CatalogEnumValue> values;
  std::string problem;
};

struct CatalogTable {
  std::string schema;
  std::string name;
  std::string comment;
  std::vector<CatalogColumn> columns;  ///< In the order of the table.
  std::vector<std::string> primary_key;
  std::vector<std::vector<std::string>> unique_keys;  ///< The primary key included; partial indexes are not.
  std::vector<CatalogConstraint> constraints;         ///< Those that ON CONFLICT can name.
  std::vector<CatalogForeignKey> foreign_keys;
  std::optional<CatalogEnum> enumeration;  ///< Of those that read_enum() was called for.
  /// Views may refuse.
  bool is_insertable = true;
  bool is_updatable = true;
  bool is_deletable = true;
  bool has_row_versions = false;  ///< Its column xmin can be read: no view, and all its columns are granted.
};

/// An argument that callers pass; those of RETURNS TABLE are none.
struct CatalogArgument {
  std::string name;  ///< Empty when the function gives it none.
  std::string type_name;
  std::string type_schema;
  bool is_array = false;
  bool has_default = false;
};

/// Where a name is overloaded, the first by its types: GraphQL could not tell them apart.
struct CatalogFunction {
  std::string schema;
  std::string name;
  std::string comment;
  std::vector<CatalogArgument> arguments;
  /// Of the result, or of its rows.
  std::string type_name;
  std::string type_schema;
  bool is_array = false;
  bool returns_row = false;  ///< The type is that of a table or view.
  bool returns_set = false;
  bool is_volatile = false;
};

struct Catalog {
  std::vector<CatalogTable> tables;
  std::vector<CatalogFunction> functions;
  const CatalogTable* find(std::string_view schema, std::string_view name) const;
  const CatalogFunction* find_function(std::string_view schema, std::string_view name) const;
};

/// What the databases hold, by source.
using Catalogs = std::map<std::string, std::shared_ptr<const Catalog>, std::less<>>;

/// Reads all tables, partitioned tables, views, materialised views and functions outside the system schemas and
/// extensions.
Result<Catalog> read_catalog(postgres::Transaction& transaction);

/// Reads what the table holds as an enum into it. Its rows are part of the schema from then on: one that is added later
/// shows after the next reading.
Result<void> read_enum(postgres::Transaction& transaction, CatalogTable& table);

}  // namespace busflow::graphql
