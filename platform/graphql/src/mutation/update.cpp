#include "mutation/update.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "compile/condition_sql.hpp"
#include "schema/role_schema.hpp"

namespace busflow::graphql::compile {
namespace {

using schema::ScalarKind;
using schema::UpdateOperator;

WrittenValue value_of(const UpdateOperator& op, const schema::Column& column) {
  WrittenValue value = WrittenValue::of(column.type);
  value.place = op.value_type(column);
  value.is_nullable = op.name == "_set";
  if (op.operand == UpdateOperator::Operand::kColumn) return value;
  const bool is_integer = op.operand == UpdateOperator::Operand::kInteger;
  value.is_list = op.operand == UpdateOperator::Operand::kTexts;
  value.kind = is_integer ? ScalarKind::kInteger : ScalarKind::kText;
  value.type_name = value.place.name();
  value.sql_type = is_integer ? "int4" : value.is_list ? "text[]" : "text";
  return value;
}

/// What stands between the present value and the given one.
std::string_view sql_of(const UpdateOperator& op) {
  if (op.name == "_inc") return " + ";
  if (op.name == "_append" || op.name == "_prepend") return " || ";
  if (op.name == "_delete_key" || op.name == "_delete_elem") return " - ";
  if (op.name == "_delete_at_path") return " #- ";
  return {};
}

void write_conditions(SqlText& sql, const std::string& alias,
                      std::initializer_list<const schema::Condition*> conditions) {
  std::string_view word = " WHERE ";
  for (const schema::Condition* condition : conditions) {
    if (condition->is_true()) continue;
    sql.add(std::exchange(word, " AND "));
    write_condition(sql, *condition, alias, alias);
  }
}

Result<void> check_each_once(const std::vector<Assignment>& assignments, const Path& path) {
  std::map<const schema::Column*, int> count;
  std::string twice;
  for (const Assignment& assignment : assignments) {
    if (++count[assignment.column] == 2)
      twice += fmt::format("{}'{}'", twice.empty() ? "" : ", ", assignment.column->graphql_name);
  }
  if (!twice.empty()) return path.fail(fmt::format("Column found in multiple operators: [{}].", twice));
  return {};
}

}  // namespace

Result<std::vector<Assignment>> read_assignments(const VariableResolver& variables, const schema::UpdateAccess& access,
                                                 const FindInput& find, const Path& path) {
  std::vector<Assignment> assignments;
  for (const UpdateOperator& op : schema::update_operators()) {
    const auto given = find(op.name);
    if (!given) continue;
    const std::string type = op.input_type(*access.table);
    const Path operator_path(path, op.name);
    BUSFLOW_TRY(const auto input, variables.resolve(*given, TypeReference(type), false, operator_path));
    if (!input || input->is_null()) continue;
    if (input->kind() != Input::Kind::kObject) return mismatch(*input, "an object", type, operator_path.to_string());
    for (std::size_t i = 0; i < input->field_count(); ++i) {
      const std::string_view key = input->field_name(i);
      const Path field_path(operator_path, key);
      const schema::Column* column = access.find_column(key);
      if (column == nullptr || !op.applies_to(*column))
        return field_path.fail(fmt::format("field '{}' not found in type: '{}'", key, type));
      BUSFLOW_TRY(auto value, written_parameter(variables, input->field(i), value_of(op, *column), field_path));
      if (!value) continue;
      assignments.push_back({.column = column,
                             .before = sql_of(op),
                             .is_value_first = op.name == "_prepend",
                             .value = std::move(*value)});
    }
  }
  BUSFLOW_CHECK(check_each_once(assignments, path));
  return assignments;
}

std::optional<std::string> write_update(WriteStatement& statement, const schema::UpdateAccess& access,
                                        const std::vector<Assignment>& assignments, const schema::Condition& where) {
  if (assignments.empty() && access.presets.empty()) return std::nullopt;
  std::string name = statement.begin_part();
  SqlText& sql = statement.sql();
  const std::string alias = sql.new_alias('u');
  sql.add("UPDATE ", access.table->sql, " AS ", alias);
  std::string_view separator = " SET ";
  for (const Assignment& assignment : assignments) {
    sql.add(std::exchange(separator, ", "), assignment.column->sql, " = ");
    if (!assignment.before.empty() && !assignment.is_value_first)
      sql.add(alias, ".", assignment.column->sql, assignment.before);
    sql.add_parameter(assignment.value);
    if (assignment.is_value_first) sql.add(assignment.before, alias, ".", assignment.column->sql);
  }
  for (const auto& preset : access.presets) {
    sql.add(std::exchange(separator, ", "), preset.column->sql, " = ");
    sql.add_parameter(preset.value);
  }
  write_conditions(sql, alias, {&access.filter, &where});
  statement.end_part({.name = name, .alias = alias, .table = access.table, .check = &access.check});
  return name;
}

std::string write_delete(WriteStatement& statement, const schema::DeleteAccess& access,
                         const schema::Condition& where) {
  std::string name = statement.begin_part();
  SqlText& sql = statement.sql();
  const std::string alias = sql.new_alias('d');
  sql.add("DELETE FROM ", access.table->sql, " AS ", alias);
  write_conditions(sql, alias, {&access.filter, &where});
  statement.end_part({.name = name, .alias = alias, .table = access.table});
  return name;
}

}  // namespace busflow::graphql::compile
