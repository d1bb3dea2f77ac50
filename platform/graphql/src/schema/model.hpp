#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <platform/base/result.hpp>
#include <platform/graphql/catalog.hpp>
#include <platform/graphql/metadata.hpp>

#include "language/type_reference.hpp"

/// The tracked tables, metadata and catalog put together; the same for all roles.
namespace busflow::graphql::schema {

/// How values of a scalar are written in requests.
enum class ScalarKind : std::uint8_t {
  kInteger,             ///< Int, 32 bits
  kNonNegativeInteger,  ///< Int of `limit`
  kBigInteger,          ///< Int of `offset`: also a string, as it may exceed 32 bits
  kFloat,
  kBoolean,
  kText,
  kJson,    ///< Any JSON, as it stands
  kNumber,  ///< bigint, numeric, …: a number or a string
  kOther,   ///< uuid, date, …: a string that PostgreSQL reads
};

struct ColumnType {
  std::string graphql_name;  ///< Of the element when it is an array.
  std::string sql_name;      ///< For casts, quoted where needed; of the element.
  ScalarKind kind = ScalarKind::kOther;
  bool is_array = false;

  TypeReference reference() const;
  std::string sql_type() const { return is_array ? sql_name + "[]" : sql_name; }
};

struct Column {
  std::string name;  ///< In PostgreSQL.
  std::string sql;   ///< The same, quoted where needed.
  std::string graphql_name;
  std::string description;
  ColumnType type;
  bool is_nullable = true;
  bool is_writable = true;        ///< Not generated.
  bool is_given_as_text = false;  ///< In answers: a number that JavaScript's may not hold exactly.
};

struct Table;

struct Relationship {
  std::string name;
  std::string description;
  bool is_array = false;
  bool is_nullable = true;        ///< Of object relationships.
  bool is_target_unique = false;  ///< A unique key of the target guarantees at most one row.
  bool is_written_after = false;  ///< A nested insert writes the target's row after this table's, whose key it takes.
  const Table* target = nullptr;
  std::vector<std::pair<const Column*, const Column*>> columns;  ///< Own, target's.
};

struct Table {
  metadata::TableName name;
  std::string sql;           ///< Qualified and quoted where needed.
  std::string graphql_name;  ///< Base of the names of fields and types.
  /// Root fields.
  std::string select_field;
  std::string by_pk_field;
  std::string aggregate_field;
  std::string insert_field;
  std::string insert_one_field;
  std::string update_field;
  std::string update_by_pk_field;
  std::string update_many_field;
  std::string delete_field;
  std::string delete_by_pk_field;
  std::string description;
  std::vector<Column> columns;
  std::vector<const Column*> primary_key;
  std::vector<std::unique_ptr<Relationship>> relationships;
  std::vector<CatalogConstraint> constraints;  ///< Those that `on_conflict` can name.
  /// Views may refuse.
  bool is_insertable = true;
  bool is_updatable = true;
  bool is_deletable = true;
  const metadata::Table* source = nullptr;

  const Column* find_column(std::string_view sql_name) const;
  const Relationship* find_relationship(std::string_view name) const;
};

class Model {
 public:
  /// kInvalidMetadata names file and line. Metadata and catalog must outlive the model.
  static Result<Model> build(const metadata::Metadata& metadata, const Catalog& catalog,
                             bool gives_large_numbers_as_text = false);

  const std::vector<std::unique_ptr<Table>>& tables() const { return tables_; }
  const Table* find(const metadata::TableName& name) const;

 private:
  std::vector<std::unique_ptr<Table>> tables_;
};

/// The GraphQL side of a PostgreSQL type: "int4" → Int, "text" → String, "uuid" → uuid.
ColumnType column_type(std::string_view type_name, std::string_view type_schema, bool is_array);
/// Quoted as an SQL identifier, always.
std::string quote_identifier(std::string_view name);
bool is_graphql_name(std::string_view name);

}  // namespace busflow::graphql::schema
