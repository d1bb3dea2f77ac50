#pragma once

#include <string>

#include <platform/graphql/catalog.hpp>
#include <platform/graphql/metadata.hpp>
#include <platform/graphql_metadata/problem.hpp>
#include <platform/json/json.hpp>

namespace busflow::graphql_metadata {

/// Writes row operations of the older API as GraphQL, which one engine then checks and runs. The older API names
/// columns as the database does and puts '$' before operators.
class GraphqlText {
 public:
  GraphqlText(const graphql::metadata::Source& source, const graphql::Catalog& catalog)
      : source_(source), catalog_(catalog) {}

  /// "name id articles { title }" from ["name", "id", {"name": "articles", "columns": ["title"]}].
  Outcome<std::string> selection(const graphql::metadata::Table& table, const json::Value& columns) const;
  /// A boolean expression as a literal.
  std::string condition(const graphql::metadata::Table& table, const json::Value& where) const;
  Outcome<std::string> order(const graphql::metadata::Table& table, const json::Value& order) const;
  /// {"column": value} as a literal.
  std::string row(const graphql::metadata::Table& table, const json::Object& values) const;

  static std::string table_name(const graphql::metadata::Table& table);
  static std::string root_field(const graphql::metadata::Table& table, const std::string& root,
                                const std::string& by_default);
  static std::string column_name(const graphql::metadata::Table& table, const std::string& column);

 private:
  const graphql::metadata::Table* target(const graphql::metadata::Table& table, const std::string& relationship) const;

  const graphql::metadata::Source& source_;
  const graphql::Catalog& catalog_;
};

}  // namespace busflow::graphql_metadata
