#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "schema/role_schema.hpp"
#include "schema/type_registry.hpp"

namespace busflow::graphql::schema {
namespace {

using Meaning = Field::Meaning;
using Operand = UpdateOperator::Operand;

constexpr std::array kUpdateOperators = {
    UpdateOperator{"_set", Operand::kColumn, "sets the columns of the filtered rows to the given values"},
    UpdateOperator{"_inc", Operand::kColumn, "increments the numeric columns with given value of the filtered values"},
    UpdateOperator{"_append", Operand::kColumn, "append existing jsonb value of filtered columns with new jsonb value"},
    UpdateOperator{"_prepend", Operand::kColumn,
                   "prepend existing jsonb value of filtered columns with new jsonb value"},
    UpdateOperator{"_delete_key", Operand::kText,
                   "delete key/value pair or string element. key/value pairs are matched based on their key value"},
    UpdateOperator{"_delete_elem", Operand::kInteger,
                   "delete the array element with specified index (negative integers count from the end). throws an "
                   "error if top level container is not an array"},
    UpdateOperator{"_delete_at_path", Operand::kTexts,
                   "delete the field or element with specified path (for JSON arrays, negative integers count from the "
                   "end)"},
};

TypeReference named(std::string name) { return TypeReference(std::move(name)); }

bool has_visible_key(const Table& table, const TableAccess* select) {
  const auto is_visible = [&](const Column* column) {
    return std::ranges::find(select->columns, column) != select->columns.end();
  };
  return select != nullptr && !table.primary_key.empty() && std::ranges::all_of(table.primary_key, is_visible);
}

class MutationTypes {
 public:
  MutationTypes(TypeRegistry& registry, const WriteAccess& writes) : registry_(registry), writes_(writes) {}

  std::vector<Field> fields() {
    for (const auto& access : writes_.inserts) add_insert(*access);
    for (const auto& access : writes_.updates) add_update(*access);
    for (const auto& access : writes_.deletes) add_delete(*access);
    return std::move(fields_);
  }

 private:
  Field field(const Table& table, std::string name, Meaning meaning, const TableAccess* select) const {
    Field made;
    made.name = std::move(name);
    made.meaning = meaning;
    made.table = select;
    made.type =
        named(meaning == Meaning::kInsertOne || meaning == Meaning::kUpdateByPk || meaning == Meaning::kDeleteByPk
                  ? table.graphql_name
                  : mutation_response_type(table));
    return made;
  }

  void add_response_type(const Table& table, const TableAccess* select) {
    const auto [type, is_new] = registry_.type(mutation_response_type(table), Type::Kind::kObject);
    if (!is_new) return;
    type->description = fmt::format("response of any mutation on the table \"{}\"", table.name.describe());
    Field affected;
    affected.name = table.naming().field("affected_rows");
    affected.description = "number of rows affected by the mutation";
    affected.meaning = Meaning::kAffectedRows;
    affected.type = registry_.scalar("Int").non_null();
    type->fields.push_back(std::move(affected));
    if (select == nullptr) return;
    Field returning;
    returning.name = "returning";
    returning.description = "data from the rows affected by the mutation";
    returning.meaning = Meaning::kReturning;
    returning.table = select;
    returning.type = named(table.graphql_name).non_null().list().non_null();
    type->fields.push_back(std::move(returning));
  }

  /// The type of a column's value in an input object, where it may be left out.
  TypeReference optional_column(const Column& column) { return registry_.column(column).nullable(); }

  void add_insert(const InsertAccess& access) {
    const Table& table = *access.table;
    add_insert_types(access);
    add_response_type(table, access.select);
    std::vector<InputValue> conflict;
    if (!table.constraints.empty())
      conflict.push_back(input(table.naming(), "on_conflict", named(on_conflict_type(table)), "upsert condition"));
    Field many = field(table, table.insert_field, Meaning::kInsert, access.select);
    many.description = table.root_description("insert", "insert data into the table: {}");
    many.insert = &access;
    many.arguments.push_back(
        input("objects", named(insert_input_type(table)).non_null().list().non_null(), "the rows to be inserted"));
    many.arguments.insert(many.arguments.end(), conflict.begin(), conflict.end());
    fields_.push_back(std::move(many));
    if (access.select == nullptr) return;
    Field one = field(table, table.insert_one_field, Meaning::kInsertOne, access.select);
    one.description = table.root_description("insert_one", "insert a single row into the table: {}");
    one.insert = &access;
    one.arguments.push_back(input("object", named(insert_input_type(table)).non_null(), "the row to be inserted"));
    one.arguments.insert(one.arguments.end(), conflict.begin(), conflict.end());
    fields_.push_back(std::move(one));
  }

  void add_insert_types(const InsertAccess& access) {
    const Table& table = *access.table;
    Type& type = *registry_.type(insert_input_type(table), Type::Kind::kInputObject).first;
    type.description = fmt::format("input type for inserting data into table \"{}\"", table.name.describe());
    for (const Column* column : access.columns)
      type.input_fields.push_back(input(column->graphql_name, optional_column(*column)));
    for (const auto& nested : access.relationships) {
      const Table& target = *nested->target->table;
      const bool is_array = nested->relationship->is_array;
      type.input_fields.push_back(
          input(nested->relationship->name, named(is_array ? array_insert_type(target) : object_insert_type(target))));
    }
    const bool has_conflict = !table.constraints.empty();
    for (const bool is_array : {false, true}) {
      Type& relation =
          *registry_.type(is_array ? array_insert_type(table) : object_insert_type(table), Type::Kind::kInputObject)
               .first;
      relation.description = fmt::format("input type for inserting {} relation for remote table \"{}\"",
                                         is_array ? "array" : "object", table.name.describe());
      const TypeReference row = named(insert_input_type(table)).non_null();
      relation.input_fields.push_back(input("data", is_array ? row.list().non_null() : row));
      if (has_conflict)
        relation.input_fields.push_back(
            input(table.naming(), "on_conflict", named(on_conflict_type(table)), "upsert condition"));
    }
    if (has_conflict) add_conflict_types(access);
  }

  void add_conflict_types(const InsertAccess& access) {
    const Table& table = *access.table;
    Type& constraint = *registry_.type(constraint_type(table), Type::Kind::kEnum).first;
    constraint.description = fmt::format("unique or primary key constraints on table \"{}\"", table.name.describe());
    for (const auto& known : table.constraints) {
      constraint.enum_values.push_back({known.name, fmt::format("unique or primary key constraint on columns \"{}\"",
                                                                fmt::join(known.columns, "\", \""))});
    }
    Type& columns = *registry_.type(update_column_type(table), Type::Kind::kEnum).first;
    columns.description = fmt::format("update columns of table \"{}\"", table.name.describe());
    if (access.on_conflict != nullptr) {
      for (const Column* column : access.on_conflict->columns)
        columns.enum_values.push_back({column->graphql_name, "column name"});
    }
    if (columns.enum_values.empty())
      columns.enum_values.push_back({std::string(kNoUpdateColumn), "placeholder (do not use)"});
    Type& conflict = *registry_.type(on_conflict_type(table), Type::Kind::kInputObject).first;
    conflict.description = fmt::format("on_conflict condition type for table \"{}\"", table.name.describe());
    conflict.input_fields.push_back(input("constraint", named(constraint_type(table)).non_null()));
    InputValue update_columns =
        input(table.naming(), "update_columns", named(update_column_type(table)).non_null().list().non_null());
    update_columns.default_value.emplace();
    update_columns.default_value->kind = language::Value::Kind::kList;
    conflict.input_fields.push_back(std::move(update_columns));
    if (access.select != nullptr) conflict.input_fields.push_back(input("where", named(bool_exp_type(table))));
  }

  std::vector<InputValue> operator_arguments(const UpdateAccess& access) {
    const Table& table = *access.table;
    std::vector<InputValue> arguments;
    for (const UpdateOperator& op : update_operators()) {
      Type values;
      for (const Column* column : access.columns) {
        if (!op.applies_to(*column)) continue;
        optional_column(*column);
        values.input_fields.push_back(input(column->graphql_name, op.value_type(*column)));
      }
      if (values.input_fields.empty()) continue;
      const auto [type, is_new] = registry_.type(op.input_type(table), Type::Kind::kInputObject);
      if (is_new) {
        type->description = fmt::format("input type for {} of table \"{}\"", op.name, table.name.describe());
        type->input_fields = std::move(values.input_fields);
      }
      arguments.push_back(input(table.naming(), op.name, named(op.input_type(table)), std::string(op.description)));
    }
    return arguments;
  }

  void add_update(const UpdateAccess& access) {
    const Table& table = *access.table;
    add_response_type(table, access.select);
    const auto operators = operator_arguments(access);
    const InputValue where =
        input("where", named(bool_exp_type(table)).non_null(), "filter the rows which have to be updated");
    Field many = field(table, table.update_field, Meaning::kUpdate, access.select);
    many.description = table.root_description("update", "update data of the table: {}");
    many.update = &access;
    many.arguments = operators;
    many.arguments.push_back(where);
    Field in_turn = field(table, table.update_many_field, Meaning::kUpdateMany, access.select);
    in_turn.description = table.root_description("update_many", "update multiples rows of table: {}");
    in_turn.update = &access;
    in_turn.type = in_turn.type.list();
    in_turn.arguments.push_back(
        input("updates", named(updates_type(table)).non_null().list().non_null(), "updates to execute, in order"));
    Type& updates = *registry_.type(updates_type(table), Type::Kind::kInputObject).first;
    updates.input_fields = many.arguments;
    fields_.push_back(std::move(many));
    fields_.push_back(std::move(in_turn));
    if (!has_visible_key(table, access.select)) return;
    Type& key = *registry_.type(pk_columns_type(table), Type::Kind::kInputObject).first;
    key.description = fmt::format("primary key columns input for table: {}", table.graphql_name);
    for (const Column* column : table.primary_key)
      key.input_fields.push_back(input(column->graphql_name, registry_.column(*column).non_null()));
    Field one = field(table, table.update_by_pk_field, Meaning::kUpdateByPk, access.select);
    one.description = table.root_description("update_by_pk", "update single row of the table: {}");
    one.update = &access;
    one.arguments = operators;
    one.arguments.push_back(input(table.naming(), "pk_columns", named(pk_columns_type(table)).non_null()));
    fields_.push_back(std::move(one));
  }

  void add_delete(const DeleteAccess& access) {
    const Table& table = *access.table;
    add_response_type(table, access.select);
    Field many = field(table, table.delete_field, Meaning::kDelete, access.select);
    many.description = table.root_description("delete", "delete data from the table: {}");
    many.deletion = &access;
    many.arguments.push_back(
        input("where", named(bool_exp_type(table)).non_null(), "filter the rows which have to be deleted"));
    fields_.push_back(std::move(many));
    if (!has_visible_key(table, access.select)) return;
    Field one = field(table, table.delete_by_pk_field, Meaning::kDeleteByPk, access.select);
    one.description = table.root_description("delete_by_pk", "delete single row from the table: {}");
    one.deletion = &access;
    for (const Column* column : table.primary_key)
      one.arguments.push_back(input(column->graphql_name, registry_.column(*column).non_null()));
    fields_.push_back(std::move(one));
  }

  TypeRegistry& registry_;
  const WriteAccess& writes_;
  std::vector<Field> fields_;
};

}  // namespace

std::span<const UpdateOperator> update_operators() { return kUpdateOperators; }

std::string UpdateOperator::input_type(const Table& table) const {
  return table.type_name(std::string(name) + "_input");
}

bool UpdateOperator::applies_to(const Column& column) const {
  if (name == "_set") return true;
  if (name == "_inc") return is_numeric(column);
  return column.type.graphql_name == "jsonb" && !column.type.is_array;
}

TypeReference UpdateOperator::value_type(const Column& column) const {
  switch (operand) {
    case Operand::kColumn: return column.type.reference();
    case Operand::kText: return named("String");
    case Operand::kInteger: return named("Int");
    case Operand::kTexts: return named("String").non_null().list();
  }
  return column.type.reference();
}

std::vector<Field> mutation_fields(TypeRegistry& registry, const WriteAccess& writes) {
  return MutationTypes(registry, writes).fields();
}

}  // namespace busflow::graphql::schema
