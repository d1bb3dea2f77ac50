#include "compile/condition_sql.hpp"

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
  sql.add("(", alias, ".", condition.column->sql);
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
  sql.add("EXISTS (SELECT 1 FROM ", table.sql, " ", inner, " WHERE ");
  if (is_related) write_join(sql, *condition.relationship, alias, inner);
  if (!child.is_true() || !is_related) {
    if (is_related) sql.add(" AND ");
    write_condition(sql, child, inner, root);
  }
  sql.add(")");
}

}  // namespace

void write_join(SqlText& sql, const schema::Relationship& relationship, const std::string& own,
                const std::string& target) {
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
      sql.add("(", alias, ".", condition.column->sql, " ", condition.comparison->sql, " ");
      sql.add(condition.is_other_of_root ? root : alias, ".", condition.other_column->sql, ")");
      return;
    case Condition::Kind::kIsNull: sql.add("(", alias, ".", condition.column->sql, " IS NULL)"); return;
    case Condition::Kind::kIsNotNull: sql.add("(", alias, ".", condition.column->sql, " IS NOT NULL)"); return;
    case Condition::Kind::kRelated:
    case Condition::Kind::kExists: write_exists(sql, condition, alias, root); return;
  }
}

}  // namespace busflow::graphql::compile
