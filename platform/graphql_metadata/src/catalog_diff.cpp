#include "catalog_diff.hpp"

#include <algorithm>
#include <charconv>

namespace busflow::graphql_metadata {
namespace {

using graphql::metadata::TableName;
using Relation = RelationIdentities::Relation;

constexpr postgres::Statement kRelations{"graphql_metadata.relations", R"sql(
SELECT c.oid, n.nspname AS schema, c.relname AS name, a.attnum, a.attname, format_type(a.atttypid, NULL) AS type
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('information_schema', 'hdb_catalog')
   AND n.nspname NOT LIKE 'pg\_%')sql"};

template <class Number>
Number number(std::string_view text) {
  Number value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// The relation's successor: by identity, else the one that took over its name.
const Relation* successor(const RelationIdentities& after, std::int64_t oid, const Relation& before) {
  if (const auto same = after.relations.find(oid); same != after.relations.end()) return &same->second;
  for (const auto& [other, relation] : after.relations) {
    if (relation.name == before.name) return &relation;
  }
  return nullptr;
}

void compare_columns(const Relation& before, const Relation& after, bool is_same_relation, CatalogDiff& diff) {
  for (const auto& [position, column] : before.columns) {
    const RelationIdentities::Column* now = nullptr;
    if (is_same_relation) {
      const auto found = after.columns.find(position);
      if (found != after.columns.end()) now = &found->second;
    } else {
      for (const auto& [other, candidate] : after.columns) {
        if (candidate.name == column.name) now = &candidate;
      }
    }
    if (now == nullptr) {
      diff.dropped_columns.push_back({before.name, column.name, ""});
      continue;
    }
    if (now->name != column.name) diff.renamed_columns.push_back({before.name, column.name, now->name});
    if (now->type != column.type) diff.retyped_columns.push_back({before.name, column.name, now->type});
  }
}

}  // namespace

Result<RelationIdentities> RelationIdentities::read(postgres::Transaction& transaction) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kRelations));
  RelationIdentities identities;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    Relation& relation = identities.relations[number<std::int64_t>(rows.text(row, 0))];
    relation.name = {std::string(rows.text(row, 1)), std::string(rows.text(row, 2))};
    relation.columns[number<int>(rows.text(row, 3))] = {std::string(rows.text(row, 4)), std::string(rows.text(row, 5))};
  }
  return identities;
}

CatalogDiff CatalogDiff::between(const RelationIdentities& before, const RelationIdentities& after,
                                 const std::set<TableName>& tables) {
  CatalogDiff diff;
  for (const auto& [oid, relation] : before.relations) {
    if (!tables.contains(relation.name)) continue;
    const Relation* now = successor(after, oid, relation);
    if (now == nullptr) {
      diff.dropped_tables.push_back(relation.name);
      continue;
    }
    if (now->name != relation.name) diff.renamed_tables.emplace_back(relation.name, now->name);
    compare_columns(relation, *now, after.relations.contains(oid), diff);
  }
  return diff;
}

}  // namespace busflow::graphql_metadata
