#include <platform/graphql/catalog.hpp>

#include <algorithm>
#include <map>

#include <platform/postgres/statement.hpp>

namespace busflow::graphql {
namespace {

// Ordinary and partitioned tables, views and materialised views; never the system's own.
constexpr postgres::Statement kColumns{"graphql.catalog.columns",
                                       R"sql(
SELECT n.nspname AS schema, c.relname AS name, coalesce(obj_description(c.oid, 'pg_class'), '') AS table_comment,
       a.attname AS column_name, NOT a.attnotnull AS is_nullable, coalesce(col_description(c.oid, a.attnum), '') AS comment,
       a.attgenerated = '' AND a.attidentity <> 'a' AS is_writable,
       CASE WHEN c.relkind IN ('r', 'p') THEN 28 WHEN c.relkind = 'm' THEN 0 ELSE pg_relation_is_updatable(c.oid, true) END AS events,
       c.relkind IN ('r', 'p') AND has_table_privilege(c.oid, 'SELECT') AS has_row_versions,
       t.typcategory = 'A' AS is_array, coalesce(e.typname, t.typname) AS type_name, coalesce(en.nspname, tn.nspname) AS type_schema
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type t ON t.oid = a.atttypid
  JOIN pg_namespace tn ON tn.oid = t.typnamespace
  LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
  LEFT JOIN pg_namespace en ON en.oid = e.typnamespace
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
 ORDER BY n.nspname, c.relname, a.attnum)sql"};

constexpr postgres::Statement kUniqueKeys{"graphql.catalog.unique_keys",
                                          R"sql(
SELECT n.nspname AS schema, c.relname AS name, i.indexrelid::regclass::text AS key, i.indisprimary AS is_primary, a.attname AS column_name
  FROM pg_index i
  JOIN pg_class c ON c.oid = i.indrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, position)
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
 WHERE i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL AND k.position <= i.indnkeyatts
   AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
 ORDER BY n.nspname, c.relname, i.indisprimary DESC, i.indexrelid, k.position)sql"};

constexpr postgres::Statement kForeignKeys{"graphql.catalog.foreign_keys",
                                           R"sql(
SELECT n.nspname AS schema, c.relname AS name, k.conname AS key, tn.nspname AS target_schema, tc.relname AS target_name,
       a.attname AS column_name, ta.attname AS target_column
  FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_class tc ON tc.oid = k.confrelid
  JOIN pg_namespace tn ON tn.oid = tc.relnamespace
 CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY AS p(own, target, position)
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.own
  JOIN pg_attribute ta ON ta.attrelid = tc.oid AND ta.attnum = p.target
 WHERE k.contype = 'f' AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
 ORDER BY n.nspname, c.relname, k.conname, p.position)sql"};

constexpr postgres::Statement kConstraints{"graphql.catalog.constraints",
                                           R"sql(
SELECT n.nspname AS schema, c.relname AS name, k.conname AS key, a.attname AS column_name
  FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 CROSS JOIN LATERAL unnest(k.conkey) WITH ORDINALITY AS p(attnum, position)
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.attnum
 WHERE k.contype IN ('p', 'u') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
 ORDER BY n.nspname, c.relname, k.conname, p.position)sql"};

constexpr postgres::Statement kFunctions{"graphql.catalog.functions",
                                         R"sql(
SELECT n.nspname AS schema, p.proname AS name, p.oid::text AS key, coalesce(obj_description(p.oid, 'pg_proc'), '') AS comment,
       p.proretset AS returns_set, p.provolatile = 'v' AS is_volatile, coalesce(r.typrelid, 0) <> 0 AS returns_row,
       r.typcategory = 'A' AS is_array, coalesce(re.typname, r.typname) AS type_name, coalesce(rn.nspname, n0.nspname) AS type_schema,
       k.position, coalesce(p.proargnames[k.position], '') AS argument, k.position > p.pronargs - p.pronargdefaults AS has_default,
       a.typcategory = 'A' AS argument_is_array, coalesce(ae.typname, a.typname) AS argument_type,
       coalesce(aen.nspname, an.nspname) AS argument_schema
  FROM pg_proc p
  JOIN pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_type r ON r.oid = p.prorettype
  JOIN pg_namespace n0 ON n0.oid = r.typnamespace
  LEFT JOIN pg_type re ON re.oid = r.typelem AND r.typcategory = 'A'
  LEFT JOIN pg_namespace rn ON rn.oid = re.typnamespace
  LEFT JOIN LATERAL unnest(p.proargtypes::oid[]) WITH ORDINALITY AS k(type, position) ON true
  LEFT JOIN pg_type a ON a.oid = k.type
  LEFT JOIN pg_namespace an ON an.oid = a.typnamespace
  LEFT JOIN pg_type ae ON ae.oid = a.typelem AND a.typcategory = 'A'
  LEFT JOIN pg_namespace aen ON aen.oid = ae.typnamespace
 WHERE p.prokind = 'f' AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
   AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
 ORDER BY n.nspname, p.proname, p.proargtypes::text, k.position)sql"};

// Bits of pg_relation_is_updatable(): 1 << CmdType of the server's nodes.h. It waits for whoever has locked the table,
// so it is asked about views only: a server must be able to start while a table is being altered.
constexpr int kUpdateEvent = 1 << 2;
constexpr int kInsertEvent = 1 << 3;
constexpr int kDeleteEvent = 1 << 4;

/// The table of a row, which the ordering of the queries makes the last one or finds.
CatalogTable* table_of(Catalog& catalog, const postgres::Rows& rows, std::size_t row) {
  const auto schema = rows.text(row, "schema");
  const auto name = rows.text(row, "name");
  const auto found = std::ranges::find_if(
      catalog.tables, [&](const CatalogTable& table) { return table.schema == schema && table.name == name; });
  return found == catalog.tables.end() ? nullptr : &*found;
}

Result<void> read_columns(postgres::Transaction& transaction, Catalog& catalog) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kColumns));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto schema = rows.text(row, "schema");
    const auto name = rows.text(row, "name");
    if (catalog.tables.empty() || catalog.tables.back().schema != schema || catalog.tables.back().name != name) {
      CatalogTable table;
      table.schema = schema;
      table.name = name;
      table.comment = rows.text(row, "table_comment");
      const int events = std::stoi(std::string(rows.text(row, "events")));
      table.is_updatable = (events & kUpdateEvent) != 0;
      table.is_insertable = (events & kInsertEvent) != 0;
      table.is_deletable = (events & kDeleteEvent) != 0;
      table.has_row_versions = rows.text(row, "has_row_versions") == "t";
      catalog.tables.push_back(std::move(table));
    }
    CatalogColumn column;
    column.name = rows.text(row, "column_name");
    column.type_name = rows.text(row, "type_name");
    column.type_schema = rows.text(row, "type_schema");
    column.is_array = rows.text(row, "is_array") == "t";
    column.is_nullable = rows.text(row, "is_nullable") == "t";
    column.is_writable = rows.text(row, "is_writable") == "t";
    column.comment = rows.text(row, "comment");
    catalog.tables.back().columns.push_back(std::move(column));
  }
  return {};
}

Result<void> read_unique_keys(postgres::Transaction& transaction, Catalog& catalog) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kUniqueKeys));
  std::string_view previous_key;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    CatalogTable* table = table_of(catalog, rows, row);
    if (table == nullptr) continue;
    const auto key = rows.text(row, "key");
    if (key != previous_key) table->unique_keys.emplace_back();
    previous_key = key;
    table->unique_keys.back().emplace_back(rows.text(row, "column_name"));
    if (rows.text(row, "is_primary") == "t") table->primary_key.emplace_back(rows.text(row, "column_name"));
  }
  return {};
}

Result<void> read_constraints(postgres::Transaction& transaction, Catalog& catalog) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kConstraints));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    CatalogTable* table = table_of(catalog, rows, row);
    if (table == nullptr) continue;
    const auto key = rows.text(row, "key");
    if (table->constraints.empty() || table->constraints.back().name != key)
      table->constraints.push_back({.name = std::string(key), .columns = {}});
    table->constraints.back().columns.emplace_back(rows.text(row, "column_name"));
  }
  return {};
}

Result<void> read_foreign_keys(postgres::Transaction& transaction, Catalog& catalog) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kForeignKeys));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    CatalogTable* table = table_of(catalog, rows, row);
    if (table == nullptr) continue;
    const auto key = rows.text(row, "key");
    if (table->foreign_keys.empty() || table->foreign_keys.back().name != key) {
      CatalogForeignKey foreign_key;
      foreign_key.name = key;
      foreign_key.target_schema = rows.text(row, "target_schema");
      foreign_key.target_table = rows.text(row, "target_name");
      table->foreign_keys.push_back(std::move(foreign_key));
    }
    table->foreign_keys.back().columns.emplace_back(rows.text(row, "column_name"), rows.text(row, "target_column"));
  }
  return {};
}

CatalogFunction function_of(const postgres::Rows& rows, std::size_t row) {
  CatalogFunction function;
  function.schema = rows.text(row, "schema");
  function.name = rows.text(row, "name");
  function.comment = rows.text(row, "comment");
  function.type_name = rows.text(row, "type_name");
  function.type_schema = rows.text(row, "type_schema");
  function.is_array = rows.text(row, "is_array") == "t";
  function.returns_row = rows.text(row, "returns_row") == "t";
  function.returns_set = rows.text(row, "returns_set") == "t";
  function.is_volatile = rows.text(row, "is_volatile") == "t";
  return function;
}

Result<void> read_functions(postgres::Transaction& transaction, Catalog& catalog) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kFunctions));
  std::string_view key;
  bool is_overload = false;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (rows.text(row, "key") != key) {
      key = rows.text(row, "key");
      CatalogFunction function = function_of(rows, row);
      is_overload = !catalog.functions.empty() && catalog.functions.back().schema == function.schema &&
                    catalog.functions.back().name == function.name;
      if (!is_overload) catalog.functions.push_back(std::move(function));
    }
    if (is_overload || rows.text(row, "position").empty()) continue;
    CatalogArgument argument;
    argument.name = rows.text(row, "argument");
    argument.type_name = rows.text(row, "argument_type");
    argument.type_schema = rows.text(row, "argument_schema");
    argument.is_array = rows.text(row, "argument_is_array") == "t";
    argument.has_default = rows.text(row, "has_default") == "t";
    catalog.functions.back().arguments.push_back(std::move(argument));
  }
  return {};
}

}  // namespace

const CatalogFunction* Catalog::find_function(std::string_view schema, std::string_view name) const {
  for (const auto& function : functions) {
    if (function.schema == schema && function.name == name) return &function;
  }
  return nullptr;
}

const CatalogTable* Catalog::find(std::string_view schema, std::string_view name) const {
  for (const auto& table : tables) {
    if (table.schema == schema && table.name == name) return &table;
  }
  return nullptr;
}

Result<Catalog> read_catalog(postgres::Transaction& transaction) {
  Catalog catalog;
  BUSFLOW_CHECK(read_columns(transaction, catalog));
  BUSFLOW_CHECK(read_unique_keys(transaction, catalog));
  BUSFLOW_CHECK(read_constraints(transaction, catalog));
  BUSFLOW_CHECK(read_foreign_keys(transaction, catalog));
  BUSFLOW_CHECK(read_functions(transaction, catalog));
  return catalog;
}

}  // namespace busflow::graphql
