#include "compile/condition_sql.hpp"

#include <algorithm>
#include <utility>

namespace busflow::graphql::compile {
namespace {

using schema::Condition;

void write_list(SqlText& sql, const Condition& condition, const std::string& alias, const std::string& root,
                std::string_view word, std::string_view empty) {
  if (condition.children.empty()) {
    sql.add(empty);
    return;
  }
  if (condition.children.size() == 1) {
    write_condition(sql, condition.children.front(), alias, root);
    return;
  }
  sql.add("(");
  bool is_first = true;
  for (const Condition& child : condition.children) {
    if (!is_first) sql.add(word);
    is_first = false;
    write_condition(sql, child, alias, root);
  }
  sql.add(")");
}

void write_comparison(SqlText& sql, const Condition& condition, const std::string& alias) {
  const schema::Operator& op = *condition.comparison;
  sql.add("(");
  write_value(sql, *condition.column, alias);
  if (!condition.cast.empty()) sql.add("::", condition.cast);
  sql.add(" ", op.sql, op.operand == schema::Operator::Operand::kList ? "(" : " ");
  if (condition.is_item_list) {
    sql.add("ARRAY[");
    bool is_first = true;
    for (const auto& item : condition.values) {
      if (!is_first) sql.add(", ");
      is_first = false;
      sql.add_parameter(item);
    }
    sql.add("]");
  } else {
    sql.add_parameter(condition.values.front());
  }
  sql.add(op.operand == schema::Operator::Operand::kList ? "))" : ")");
}

void write_exists(SqlText& sql, const Condition& condition, const std::string& alias, const std::string& root) {
  const bool is_related = condition.kind == Condition::Kind::kRelated;
  const schema::Table& table = is_related ? *condition.relationship->target : *condition.table;
  const std::string inner = sql.new_alias('e');
  const Condition& child = condition.children.front();
  sql.add("EXISTS (SELECT 1 FROM ");
  if (is_related && condition.relationship->function != nullptr) {
    write_call(sql, *condition.relationship->function, alias, {});
  } else {
    sql.add(table.sql);
  }
  sql.add(" ", inner, " WHERE ");
  if (is_related) write_join(sql, *condition.relationship, alias, inner);
  if (!child.is_true() || !is_related) {
    if (is_related) sql.add(" AND ");
    write_condition(sql, child, inner, root);
  }
  sql.add(")");
}

/// (SELECT a."v" > 3 FROM (SELECT count(*) AS v FROM t e WHERE …) a)
void write_aggregate(SqlText& sql, const Condition& condition, const std::string& alias, const std::string& root) {
  const std::string value = sql.new_alias('a');
  const std::string inner = sql.new_alias('e');
  const Condition& rows = condition.children.front();
  sql.add("(SELECT ");
  write_condition(sql, condition.children.back(), value, root);
  sql.add(" FROM (SELECT ", condition.aggregate, "(", condition.is_distinct ? "DISTINCT " : "");
  if (condition.arguments.empty()) sql.add("*");
  const bool is_row = condition.arguments.size() > 1;
  if (is_row) sql.add("(");
  std::string_view separator;
  for (const schema::Column* column : condition.arguments) {
    sql.add(std::exchange(separator, ", "));
    write_value(sql, *column, inner);
  }
  if (is_row) sql.add(")");
  sql.add(") AS ", condition.aggregated->sql, " FROM ", condition.relationship->target->sql, " ", inner, " WHERE ");
  write_join(sql, *condition.relationship, alias, inner);
  if (!rows.is_true()) {
    sql.add(" AND ");
    write_condition(sql, rows, inner, root);
  }
  sql.add(") ", value, ")");
}

}  // namespace

void write_call(SqlText& sql, const schema::Function& function, const std::string& row, const GivenArguments& given) {
  using Origin = schema::FunctionArgument::Origin;
  sql.add(function.sql, "(");
  std::string_view separator;
  bool has_gap = false;  // After an argument that is left to its default, the others go by name.
  for (const auto& argument : function.arguments) {
    const auto value = std::ranges::find(given, &argument, &GivenArguments::value_type::first);
    if (argument.origin == Origin::kRequest && value == given.end() && argument.has_default) {
      has_gap = true;
      continue;
    }
    sql.add(std::exchange(separator, ", "));
    if (has_gap) sql.add(schema::quote_identifier(argument.name), " => ");
    if (argument.origin == Origin::kSession) {
      sql.add_parameter({.kind = schema::ParameterSource::Kind::kSession, .sql_type = "json"});
    } else if (argument.origin == Origin::kRequest) {
      sql.add_parameter(value->second);  // Given, as the reader of the arguments has seen to.
    } else if (row.front() == kWrittenRow) {
      sql.add("json_populate_record(NULL::", function.table->sql, ", row_to_json(", row, "))");
    } else {
      sql.add(row);
    }
  }
  sql.add(")");
}

void write_value(SqlText& sql, const schema::Column& column, const std::string& alias, const GivenArguments& given) {
  if (column.visible_if != nullptr) {
    sql.add("CASE WHEN ");
    write_condition(sql, *column.visible_if, alias, alias);
    sql.add(" THEN ");
  }
  if (column.computed == nullptr) {
    sql.add(alias, ".", column.sql);
  } else {
    write_call(sql, *column.computed, alias, given);
  }
  if (column.visible_if != nullptr) sql.add(" END");
}

void write_join(SqlText& sql, const schema::Relationship& relationship, const std::string& own,
                const std::string& target) {
  if (relationship.columns.empty()) sql.add("true");
  bool is_first = true;
  for (const auto& [own_column, target_column] : relationship.columns) {
    if (!is_first) sql.add(" AND ");
    is_first = false;
    sql.add(target, ".", target_column->sql, " = ", own, ".", own_column->sql);
  }
}

void write_condition(SqlText& sql, const Condition& condition, const std::string& alias, const std::string& root) {
  switch (condition.kind) {
    case Condition::Kind::kAnd: write_list(sql, condition, alias, root, " AND ", "true"); return;
    case Condition::Kind::kOr: write_list(sql, condition, alias, root, " OR ", "false"); return;
    case Condition::Kind::kNot:
      sql.add("(NOT ");
      write_condition(sql, condition.children.front(), alias, root);
      sql.add(")");
      return;
    case Condition::Kind::kCompare: write_comparison(sql, condition, alias); return;
    case Condition::Kind::kCompareColumn:
      sql.add("(");
      write_value(sql, *condition.column, alias);
      sql.add(" ", condition.comparison->sql, " ", condition.is_other_of_root ? root : alias, ".",
              condition.other_column->sql, ")");
      return;
    case Condition::Kind::kIsNull:
    case Condition::Kind::kIsNotNull:
      sql.add("(");
      write_value(sql, *condition.column, alias);
      sql.add(condition.kind == Condition::Kind::kIsNull ? " IS NULL)" : " IS NOT NULL)");
      return;
    case Condition::Kind::kRelated:
    case Condition::Kind::kExists: write_exists(sql, condition, alias, root); return;
    case Condition::Kind::kAggregate: write_aggregate(sql, condition, alias, root); return;
  }
}

}  // namespace busflow::graphql::compile
