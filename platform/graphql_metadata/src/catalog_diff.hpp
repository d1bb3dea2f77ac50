#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <platform/graphql/catalog.hpp>
#include <platform/graphql/metadata.hpp>
#include <platform/postgres/transaction.hpp>

namespace busflow::graphql_metadata {

/// What identifies relations and columns beyond their names, so that a renaming can be told from a dropping.
struct RelationIdentities {
  struct Column {
    std::string name;
    std::string type;
  };
  struct Relation {
    graphql::metadata::TableName name;
    std::map<int, Column> columns;  ///< By attribute number.
  };
  std::map<std::int64_t, Relation> relations;  ///< By oid.

  static Result<RelationIdentities> read(postgres::Transaction& transaction);
};

struct CatalogDiff {
  struct ColumnChange {
    graphql::metadata::TableName table;  ///< Its name before.
    std::string column;
    std::string now;  ///< New name, or new type.
  };
  std::vector<graphql::metadata::TableName> dropped_tables;
  std::vector<std::pair<graphql::metadata::TableName, graphql::metadata::TableName>> renamed_tables;
  std::vector<ColumnChange> dropped_columns;
  std::vector<ColumnChange> renamed_columns;
  std::vector<ColumnChange> retyped_columns;

  /// Of the tables named; what happened to others is of no interest. A relation that was dropped and made again under
  /// its name is one that stayed.
  static CatalogDiff between(const RelationIdentities& before, const RelationIdentities& after,
                             const std::set<graphql::metadata::TableName>& tables);
};

/// Makes the metadata follow. Columns first, as their tables' old names are meant.
void rename_column(graphql::metadata::Source& source, const graphql::Catalog& catalog,
                   const graphql::metadata::TableName& table, const std::string& from, const std::string& to);
void rename_table(graphql::metadata::Source& source, const graphql::metadata::TableName& from,
                  const graphql::metadata::TableName& to);

}  // namespace busflow::graphql_metadata
