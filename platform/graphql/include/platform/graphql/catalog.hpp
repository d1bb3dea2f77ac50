#pragma once

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

struct CatalogTable {
  std::string schema;
  std::string name;
  std::string comment;
  std::vector<CatalogColumn> columns;  ///< In the order of the table.
  std::vector<std::string> primary_key;
  std::vector<std::vector<std::string>> unique_keys;  ///< The primary key included; partial indexes are not.
  std::vector<CatalogConstraint> constraints;         ///< Those that ON CONFLICT can name.
  std::vector<CatalogForeignKey> foreign_keys;
  /// Views may refuse.
  bool is_insertable = true;
  bool is_updatable = true;
  bool is_deletable = true;
};

struct Catalog {
  std::vector<CatalogTable> tables;
  const CatalogTable* find(std::string_view schema, std::string_view name) const;
};

/// Reads all tables, partitioned tables, views and materialised views outside the system schemas.
Result<Catalog> read_catalog(postgres::Transaction& transaction);

}  // namespace busflow::graphql
