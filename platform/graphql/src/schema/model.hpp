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
#include "schema/naming.hpp"

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
  kEnum,    ///< A name out of ColumnType::enum_values
  kOther,   ///< uuid, date, …: a string that PostgreSQL reads
};

struct ColumnType {
  std::string graphql_name;  ///< Of the element when it is an array.
  std::string sql_name;      ///< For casts, quoted where needed; of the element.
  ScalarKind kind = ScalarKind::kOther;
  bool is_array = false;
  CatalogEnumValues enum_values;  ///< Of kEnum.

  TypeReference reference() const;
  std::string sql_type() const { return is_array ? sql_name + "[]" : sql_name; }
};

struct Table;
struct Condition;

/// An argument of an SQL function.
struct FunctionArgument {
  enum class Origin : std::uint8_t {
    kRequest,
    kRow,      ///< The row whose computed field it is.
    kSession,  ///< All session variables, as JSON.
  };
  std::string name;  ///< In requests: "arg_1" and so on for those without one.
  bool is_named = true;
  ColumnType type;
  bool has_default = false;
  Origin origin = Origin::kRequest;
};

struct Function {
  std::string sql;             ///< Qualified and quoted.
  std::string arguments_type;  ///< The input object of what the request gives: "fn_args".
  std::vector<FunctionArgument> arguments;
  ColumnType result;              ///< When it is no row.
  const Table* target = nullptr;  ///< Whose rows it gives.
  bool returns_set = false;
  const Table* table = nullptr;  ///< Whose computed field it is.

  bool takes_input() const;
};

struct Column {
  std::string name;  ///< In PostgreSQL.
  std::string sql;   ///< The same, quoted where needed.
  std::string graphql_name;
  std::string description;
  ColumnType type;
  bool is_nullable = true;
  bool is_writable = true;             ///< Not generated.
  const Function* computed = nullptr;  ///< Its value is that function's of the row.
  bool is_given_as_text = false;       ///< In answers: a number that JavaScript's may not hold exactly.
  /// Of a role that inherits: in rows that do not fulfil it, the column is null to the role.
  const Condition* visible_if = nullptr;
};

struct Relationship {
  std::string name;
  std::string description;
  bool is_array = false;
  bool is_nullable = true;        ///< Of object relationships.
  bool is_target_unique = false;  ///< A unique key of the target guarantees at most one row.
  bool is_written_after = false;  ///< A nested insert writes the target's row after this table's, whose key it takes.
  const Table* target = nullptr;
  std::vector<std::pair<const Column*, const Column*>> columns;  ///< Own, target's.
  const Function* function = nullptr;                            ///< The rows are what it gives for the own row.
};

/// A relationship whose rows are asked for in a statement of their own, as they are in another database or belong to an
/// action's answer.
struct Join {
  struct Key {
    std::string own;                     ///< The field of the answer, or the column's name.
    const Column* own_column = nullptr;  ///< Of a table.
    const Column* target = nullptr;
  };

  std::string name;
  bool is_array = false;
  const Table* target = nullptr;
  std::vector<Key> keys;
};

/// What the tables of one source have in common.
struct Database {
  std::string source;
  Naming naming;
};

struct Table {
  const Database* database = nullptr;
  metadata::TableName name;
  std::string sql;           ///< Qualified and quoted where needed.
  Naming::Base base;         ///< Of the names of fields and types.
  std::string graphql_name;  ///< Of the type of its rows.
  /// Root fields.
  std::string select_field;
  std::string by_pk_field;
  std::string aggregate_field;
  std::string stream_field;
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
  /// Computed fields: those with a value, and those with rows.
  std::vector<std::unique_ptr<Function>> functions;
  std::vector<std::unique_ptr<Column>> computed_columns;
  std::vector<std::unique_ptr<Relationship>> computed_relationships;
  std::vector<std::unique_ptr<Join>> joins;    ///< To tables of other sources.
  std::vector<CatalogConstraint> constraints;  ///< Those that `on_conflict` can name.
  /// Views may refuse.
  bool is_insertable = true;
  bool is_updatable = true;
  bool is_deletable = true;
  bool has_row_versions = false;
  const metadata::Table* source = nullptr;

  const Naming& naming() const { return database->naming; }
  /// One of its types: "_bool_exp" gives author_bool_exp.
  std::string type_name(std::string_view after) const { return database->naming.type(base, after); }
  /// Of a root field: what the metadata says of it, else `by_default` with the table's name in quotes for {}.
  std::string root_description(const std::string& root, std::string_view by_default) const;
  const Column* find_column(std::string_view sql_name) const;
  const Relationship* find_relationship(std::string_view name) const;
  /// Computed fields that need nothing but the row are included.
  const Column* find_value(std::string_view sql_name) const;
  const Relationship* find_any_relationship(std::string_view name) const;
};

/// A function as a root field.
struct RootFunction {
  Function function;
  std::string field;
  std::string aggregate_field;
  std::string description;
  bool is_mutation = false;
  const metadata::Function* source = nullptr;
};

struct ModelOptions {
  bool gives_large_numbers_as_text = false;
  std::string_view naming_convention = "hasura-default";  ///< Of sources that say nothing; empty: for all.
};

class Model {
 public:
  /// kInvalidMetadata names file and line. The metadata must outlive the model.
  static Result<Model> build(const metadata::Metadata& metadata, const Catalogs& catalogs, ModelOptions options = {});

  const std::vector<std::unique_ptr<Table>>& tables() const { return tables_; }
  const Table* find(const Database& database, const metadata::TableName& name) const;
  const Table* find(std::string_view source, const metadata::TableName& name) const;
  const std::vector<std::unique_ptr<RootFunction>>& functions() const { return functions_; }
  const std::vector<metadata::InheritedRole>& inherited_roles() const { return *inherited_roles_; }

 private:
  Result<void> add_source(const metadata::Source& source, const Catalog& catalog, ModelOptions options);

  std::vector<std::unique_ptr<Database>> databases_;
  std::vector<std::unique_ptr<Table>> tables_;
  std::vector<std::unique_ptr<RootFunction>> functions_;
  const std::vector<metadata::InheritedRole>* inherited_roles_ = nullptr;
};

/// What a remote relationship of a table means; null when it is one of a remote schema.
Result<std::unique_ptr<Join>> join_of(const Model& model, const Table& table,
                                      const metadata::RemoteRelationship& source);
/// What a relationship of an action's output type means.
Result<std::unique_ptr<Join>> join_of(const Model& model, const metadata::CustomObject& type,
                                      const metadata::CustomRelationship& source);
/// Puts a table's computed fields together. Those that do not fit the database are left out: the check of the metadata
/// tells of them.
void add_computed_fields(const Model& model, const Catalog& catalog, Table& table);
/// The function as a root field; nothing when it does not fit.
std::unique_ptr<RootFunction> root_function(const Model& model, const Database& database, const Catalog& catalog,
                                            const metadata::Function& source);

/// The GraphQL side of a PostgreSQL type: "int4" → Int, "text" → String, "uuid" → uuid.
ColumnType column_type(std::string_view type_name, std::string_view type_schema, bool is_array);
/// Quoted as an SQL identifier, always.
std::string quote_identifier(std::string_view name);
bool is_graphql_name(std::string_view name);

}  // namespace busflow::graphql::schema
