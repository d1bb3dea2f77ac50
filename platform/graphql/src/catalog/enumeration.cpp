#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <platform/graphql/catalog.hpp>
#include <platform/postgres/identifier.hpp>

#include "schema/model.hpp"

namespace busflow::graphql {
namespace {

/// Quoted as the reference's messages have it.
std::string listed(const std::vector<std::string>& names) { return fmt::format("\"{}\"", fmt::join(names, "\", \"")); }

std::vector<std::string> problems_of(const CatalogTable& table) {
  std::vector<std::string> problems;
  const auto type_of = [&](std::string_view name) {
    return std::ranges::find(table.columns, name, &CatalogColumn::name)->type_name;
  };
  if (table.primary_key.empty()) {
    problems.emplace_back("the table must have a primary key");
  } else if (table.primary_key.size() > 1) {
    problems.push_back(
        fmt::format("the table’s primary key must not span multiple columns ({})", listed(table.primary_key)));
  } else if (type_of(table.primary_key.front()) != "text") {
    problems.push_back(fmt::format("the table’s primary key (\"{}\") must have type \"text\", not type \"{}\"",
                                   table.primary_key.front(), type_of(table.primary_key.front())));
  }
  if (table.columns.size() > 2) {
    std::vector<std::string> names;
    for (const auto& column : table.columns) names.push_back(column.name);
    problems.push_back(fmt::format(
        "the table must have exactly one primary key and optionally one comment column, not {} columns ({})",
        names.size(), listed(names)));
  }
  for (const auto& column : table.columns) {
    const bool is_comment = table.columns.size() == 2 && table.primary_key.size() == 1 &&
                            column.name != table.primary_key.front() && column.type_name != "text";
    if (is_comment)
      problems.push_back(fmt::format("the table’s comment column (\"{}\") must have type \"text\", not type \"{}\"",
                                     column.name, column.type_name));
  }
  return problems;
}

std::string told(const CatalogTable& table, const std::vector<std::string>& problems) {
  if (problems.empty()) return {};
  const std::string name = table.schema == "public" ? table.name : table.schema + "." + table.name;
  const std::string begin = fmt::format("the table \"{}\" cannot be used as an enum ", name);
  if (problems.size() == 1) return begin + "because " + problems.front();
  std::string text = begin + "for the following reasons:";
  for (const auto& problem : problems) text += "\n  • " + problem;
  return text;
}

}  // namespace

Result<void> read_enum(postgres::Transaction& transaction, CatalogTable& table) {
  auto& enumeration = table.enumeration.emplace();
  auto problems = problems_of(table);
  if (problems.empty()) {
    const auto& key = table.primary_key.front();
    std::string comment = "''";
    for (const auto& column : table.columns) {
      if (column.name != key) comment = fmt::format("coalesce({}, '')", postgres::quote_identifier(column.name));
    }
    BUSFLOW_TRY(
        const auto rows,
        transaction.run(fmt::format("SELECT {}, {} FROM {}.{} ORDER BY 1", postgres::quote_identifier(key), comment,
                                    postgres::quote_identifier(table.schema), postgres::quote_identifier(table.name))));
    std::vector<std::string> unfit;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      enumeration.values.push_back(
          {.name = std::string(rows.text(row, 0)), .description = std::string(rows.text(row, 1))});
      const auto& name = enumeration.values.back().name;
      if (!schema::is_graphql_name(name) || name == "true" || name == "false" || name == "null") unfit.push_back(name);
    }
    if (rows.size() == 0) problems.emplace_back("the table must have at least one row");
    if (unfit.size() == 1)
      problems.push_back(fmt::format("value {} is not a valid GraphQL enum value name", listed(unfit)));
    else if (!unfit.empty())
      problems.push_back(fmt::format("values {} are not valid GraphQL enum value names", listed(unfit)));
  }
  enumeration.problem = told(table, problems);
  if (!enumeration.problem.empty()) enumeration.values.clear();
  return {};
}

}  // namespace busflow::graphql
