#include <algorithm>

#include <fmt/format.h>

#include "compile/enum_value.hpp"
#include "compile/where.hpp"
#include "schema/role_schema.hpp"

/// Conditions on aggregates of related rows: `where: {articles_aggregate: {count: {predicate: {_gt: 3}}}}`.
namespace busflow::graphql::compile {

using schema::Condition;

Result<Condition> WhereCompiler::aggregates(const schema::RelationshipAccess& access, const Input& value,
                                            const Path& path) const {
  const schema::Table& table = *access.target->table;
  const std::string type = schema::aggregate_bool_exp_type(table);
  if (value.kind() != Input::Kind::kObject) return mismatch(value, "an object", type, path.to_string());
  std::vector<Condition> parts;
  for (std::size_t i = 0; i < value.field_count(); ++i) {
    const std::string_view key = value.field_name(i);
    const Path key_path(path, key);
    const std::string function = table.naming().field_of(key);
    const bool has_booleans =
        std::ranges::any_of(access.target->columns, [](const auto* column) { return schema::is_boolean(*column); });
    const bool is_known = function == "count" || (has_booleans && (function == "bool_and" || function == "bool_or"));
    if (!is_known) return key_path.fail(fmt::format("field '{}' not found in type: '{}'", key, type));
    const TypeReference place(schema::aggregate_bool_exp_type(table, function));
    BUSFLOW_TRY(const auto given, variables_.resolve(value.field(i), place, false, key_path));
    if (!given || given->is_null())
      return key_path.fail(fmt::format("unexpected null value for type '{}'", place.name()));
    BUSFLOW_TRY(Condition part, aggregate(access, function, *given, key_path));
    parts.push_back(std::move(part));
  }
  return Condition::all_of(std::move(parts));
}

Result<Condition> WhereCompiler::aggregate(const schema::RelationshipAccess& access, std::string_view function,
                                           const Input& value, const Path& path) const {
  const schema::TableAccess& target = *access.target;
  const schema::Naming& naming = target.table->naming();
  const std::string type = schema::aggregate_bool_exp_type(*target.table, function);
  if (value.kind() != Input::Kind::kObject) return mismatch(value, "an object", type, path.to_string());
  auto column = std::make_shared<schema::Column>();
  column->name = column->sql = "v";
  column->type = schema::column_type(function == "count" ? "int4" : "bool", "pg_catalog", false);
  Condition condition;
  condition.kind = Condition::Kind::kAggregate;
  condition.relationship = access.relationship;
  condition.aggregate = function == "count" ? "count" : function == "bool_and" ? "bool_and" : "bool_or";
  condition.aggregated = column;
  std::vector<Condition> rows;
  if (!target.filter.is_true()) rows.push_back(target.filter);
  std::optional<Condition> predicate;
  for (std::size_t i = 0; i < value.field_count(); ++i) {
    const std::string_view key = value.field_name(i);
    const Path key_path(path, key);
    if (key == "arguments") {
      BUSFLOW_TRY(condition.arguments, aggregate_arguments(target, function, value.field(i), key_path));
    } else if (key == "distinct") {
      BUSFLOW_TRY(const auto flag, variables_.resolve(value.field(i), TypeReference("Boolean"), false, key_path));
      if (!flag || flag->is_null()) continue;
      if (flag->kind() != Input::Kind::kBoolean) return mismatch(*flag, "a boolean", "Boolean", key_path.to_string());
      condition.is_distinct = flag->boolean();
    } else if (key == "filter") {
      const TypeReference place(schema::bool_exp_type(*target.table));
      BUSFLOW_TRY(const auto filter, variables_.resolve(value.field(i), place, false, key_path));
      if (!filter || filter->is_null())
        return key_path.fail(fmt::format("unexpected null value for type '{}'", place.name()));
      BUSFLOW_TRY(Condition part, expression(target, *filter, key_path));
      if (!part.is_true()) rows.push_back(std::move(part));
    } else if (key == "predicate") {
      const TypeReference place(schema::comparison_type(naming, column->type));
      BUSFLOW_TRY(const auto given, variables_.resolve(value.field(i), place.non_null(), false, key_path));
      if (!given) return key_path.fail(fmt::format("unexpected null value for type '{}'", place.name()));
      BUSFLOW_TRY(predicate, comparisons(naming, *column, {}, *given, key_path));
    } else {
      return key_path.fail(fmt::format("field '{}' not found in type: '{}'", key, type));
    }
  }
  if (!predicate) return Path(path, "predicate").fail("missing required field 'predicate'");
  if (function != "count" && condition.arguments.empty())
    return Path(path, "arguments").fail("missing required field 'arguments'");
  if (condition.arguments.empty()) condition.is_distinct = false;  // Of rows there are no two alike.
  condition.children.push_back(Condition::all_of(std::move(rows)));
  condition.children.push_back(std::move(*predicate));
  return condition;
}

Result<std::vector<const schema::Column*>> WhereCompiler::aggregate_arguments(const schema::TableAccess& access,
                                                                              std::string_view function,
                                                                              const Input& value,
                                                                              const Path& path) const {
  const bool is_count = function == "count";
  const std::string type =
      is_count ? schema::select_column_type(*access.table) : schema::aggregate_columns_type(*access.table, function);
  const TypeReference item = TypeReference(type).non_null();
  BUSFLOW_TRY(const auto given, variables_.resolve(value, is_count ? item.list() : item, false, path));
  std::vector<const schema::Column*> columns;
  if (!given || given->is_null()) return columns;
  const bool is_list = is_count && given->kind() == Input::Kind::kList;
  for (std::size_t i = 0; i < (is_list ? given->item_count() : 1); ++i) {
    const Path item_path(path, i);
    const Path& at = is_list ? item_path : path;
    BUSFLOW_TRY(const auto name, variables_.resolve(is_list ? given->item(i) : *given, item, false, at));
    if (!name || !is_enum_value(*name)) return mismatch(name.value_or(*given), "an enum value", type, at.to_string());
    const schema::Column* column = access.find_column(name->text());
    if (column != nullptr && (is_count || schema::is_boolean(*column))) {
      columns.push_back(column);
      continue;
    }
    std::vector<std::string_view> names;
    for (const schema::Column* known : access.columns) {
      if (is_count || schema::is_boolean(*known)) names.emplace_back(known->graphql_name);
    }
    return no_such_value(*name, names, type, at);
  }
  return columns;
}

}  // namespace busflow::graphql::compile
