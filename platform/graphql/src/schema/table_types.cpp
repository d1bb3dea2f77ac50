#include <array>

#include <fmt/format.h>

#include "schema/role_schema.hpp"
#include "schema/type_registry.hpp"

namespace busflow::graphql::schema {
namespace {

constexpr std::array<std::string_view, 10> kFunctions = {"avg",         "max", "min",     "stddev",   "stddev_pop",
                                                         "stddev_samp", "sum", "var_pop", "var_samp", "variance"};

TypeReference named(std::string name) { return TypeReference(std::move(name)); }

void add_operand_type(TypeRegistry& registry, const Operator& op, const ColumnType& type) {
  const auto reference = op.reference(type, false);
  if (reference.name() == type.graphql_name)
    registry.value_type(type);
  else
    registry.scalar(reference.name());
}

void add_comparison_type(TypeRegistry& registry, const Naming& naming, const ColumnType& type) {
  const auto [comparison, is_new] = registry.type(comparison_type(naming, type), Type::Kind::kInputObject);
  if (!is_new) return;
  comparison->description =
      fmt::format("Boolean expression to compare columns of type \"{}\". All fields are combined with logical 'AND'.",
                  type.graphql_name);
  for (const Operator& op : all_operators()) {
    if (!applies_to(op, type)) continue;
    const std::string name = naming.field(op.name);
    switch (op.operand) {
      case Operator::Operand::kSame:
      case Operator::Operand::kText:
        add_operand_type(registry, op, type);
        comparison->input_fields.push_back(input(name, op.reference(type, false)));
        break;
      case Operator::Operand::kList:
      case Operator::Operand::kTexts:
        if (type.is_array) break;
        add_operand_type(registry, op, type);
        comparison->input_fields.push_back(input(name, op.reference(type, false).non_null().list()));
        break;
      case Operator::Operand::kBoolean:
        comparison->input_fields.push_back(input(name, registry.scalar("Boolean")));
        break;
      case Operator::Operand::kColumn: break;
    }
  }
  if (type.graphql_name != "jsonb" || type.is_array) return;
  const ColumnType text = column_type("text", "pg_catalog", false);
  comparison->input_fields.push_back(input("_cast", named(json_cast_type(naming))));
  registry.type(json_cast_type(naming), Type::Kind::kInputObject)
      .first->input_fields.push_back(input("String", named(comparison_type(naming, text))));
  add_comparison_type(registry, naming, text);
}

/// `{count: {…}, bool_and: {…}, bool_or: {…}}` over related rows.
void add_aggregate_bool_exp(TypeRegistry& registry, const TableAccess& access) {
  const Table& table = *access.table;
  const Naming& naming = table.naming();
  const auto [all, is_new] = registry.type(aggregate_bool_exp_type(table), Type::Kind::kInputObject);
  if (!is_new) return;
  const ColumnType integer = column_type("int4", "pg_catalog", false);
  const ColumnType boolean = column_type("bool", "pg_catalog", false);
  const auto add = [&](std::string_view function, TypeReference arguments, const ColumnType& result) {
    add_comparison_type(registry, naming, result);
    const std::string name = aggregate_bool_exp_type(table, function);
    Type& type = *registry.type(name, Type::Kind::kInputObject).first;
    type.input_fields = {input("arguments", std::move(arguments)), input("distinct", registry.scalar("Boolean")),
                         input("filter", named(bool_exp_type(table))),
                         input("predicate", named(comparison_type(naming, result)).non_null())};
    all->input_fields.push_back(input(naming.field(function), named(name)));
  };
  for (const std::string_view function : {"bool_and", "bool_or"}) {
    Type columns;
    for (const Column* column : access.columns) {
      if (is_boolean(*column)) columns.enum_values.push_back({column->graphql_name, "column name"});
    }
    if (columns.enum_values.empty()) continue;
    const std::string name = aggregate_columns_type(table, function);
    registry.type(name, Type::Kind::kEnum).first->enum_values = std::move(columns.enum_values);
    add(function, named(name).non_null(), boolean);
  }
  add("count", named(select_column_type(table)).non_null().list(), integer);
}

void add_bool_exp(TypeRegistry& registry, const TableAccess& access) {
  const Naming& naming = access.table->naming();
  const std::string name = bool_exp_type(*access.table);
  Type& type = *registry.type(name, Type::Kind::kInputObject).first;
  type.description = fmt::format(
      "Boolean expression to filter rows from the table \"{}\". All fields are combined with a logical 'AND'.",
      access.table->graphql_name);
  type.input_fields.push_back(input("_and", named(name).non_null().list()));
  type.input_fields.push_back(input("_not", named(name)));
  type.input_fields.push_back(input("_or", named(name).non_null().list()));
  for (const Column* column : access.columns) {
    add_comparison_type(registry, naming, column->type);
    type.input_fields.push_back(input(column->graphql_name, named(comparison_type(naming, column->type))));
  }
  for (const Column* column : access.computed_columns) {
    if (column->computed->takes_input()) continue;
    add_comparison_type(registry, naming, column->type);
    type.input_fields.push_back(input(column->graphql_name, named(comparison_type(naming, column->type))));
  }
  for (const auto& relationship : access.relationships) {
    if (relationship->takes_input()) continue;
    type.input_fields.push_back(
        input(relationship->relationship->name, named(bool_exp_type(*relationship->target->table))));
    if (access.find_aggregate(naming.field(relationship->relationship->name + "_aggregate")) == nullptr) continue;
    add_aggregate_bool_exp(registry, *relationship->target);
    type.input_fields.push_back(input(naming.field(relationship->relationship->name + "_aggregate"),
                                      named(aggregate_bool_exp_type(*relationship->target->table))));
  }
}

void add_order_by(TypeRegistry& registry, const TableAccess& access) {
  const Naming& naming = access.table->naming();
  const TypeReference by(direction_type(naming));
  const auto [direction, is_new] = registry.type(by.name(), Type::Kind::kEnum);
  if (is_new) {
    direction->description = "column ordering options";
    direction->enum_values = {{"asc", "in ascending order, nulls last"},
                              {"asc_nulls_first", "in ascending order, nulls first"},
                              {"asc_nulls_last", "in ascending order, nulls last"},
                              {"desc", "in descending order, nulls first"},
                              {"desc_nulls_first", "in descending order, nulls first"},
                              {"desc_nulls_last", "in descending order, nulls last"}};
    for (EnumValue& value : direction->enum_values) value.name = naming.enum_value(value.name);
  }
  Type& type = *registry.type(order_by_type(*access.table), Type::Kind::kInputObject).first;
  type.description = fmt::format("Ordering options when selecting data from \"{}\".", access.table->graphql_name);
  for (const Column* column : access.columns) type.input_fields.push_back(input(column->graphql_name, by));
  for (const Column* column : access.computed_columns) {
    if (!column->computed->takes_input()) type.input_fields.push_back(input(column->graphql_name, by));
  }
  for (const auto& relationship : access.relationships) {
    if (relationship->takes_input()) continue;
    const std::string& field = relationship->relationship->name;
    const Table& target = *relationship->target->table;
    if (!relationship->relationship->is_array) {
      type.input_fields.push_back(input(field, named(order_by_type(target))));
    } else if (relationship->target->query.aggregate) {
      type.input_fields.push_back(input(naming.field(field + "_aggregate"), named(aggregate_order_by_type(target))));
    }
  }
}

bool is_fit_for(std::string_view function, const Column& column) {
  return function == "min" || function == "max" ? is_comparable(column) : is_numeric(column);
}

/// t_aggregate_order_by, and t_max_order_by etc.
void add_aggregate_order_by(TypeRegistry& registry, const TableAccess& access) {
  Type& type = *registry.type(aggregate_order_by_type(*access.table), Type::Kind::kInputObject).first;
  type.description = fmt::format("order by aggregate values of table \"{}\"", access.table->graphql_name);
  const Naming& naming = access.table->naming();
  const TypeReference by(direction_type(naming));
  type.input_fields.push_back(input("count", by));
  for (const std::string_view function : kFunctions) {
    std::vector<InputValue> columns;
    for (const Column* column : access.columns) {
      if (is_fit_for(function, *column)) columns.push_back(input(column->graphql_name, by));
    }
    if (columns.empty()) continue;
    const std::string name = function_order_by_type(*access.table, function);
    Type& values = *registry.type(name, Type::Kind::kInputObject).first;
    values.description = fmt::format("order by {}() on columns of table \"{}\"", function, access.table->graphql_name);
    values.input_fields = std::move(columns);
    type.input_fields.push_back(input(naming.field(function), named(name)));
  }
}

void add_select_columns(TypeRegistry& registry, const TableAccess& access) {
  Type& type = *registry.type(select_column_type(*access.table), Type::Kind::kEnum).first;
  type.description = fmt::format("select columns of table \"{}\"", access.table->graphql_name);
  for (const Column* column : access.columns) type.enum_values.push_back({column->graphql_name, "column name"});
}

/// t_aggregate_fields, and t_sum_fields etc. for the functions that some column fits.
void add_aggregate_types(TypeRegistry& registry, const TableAccess& access) {
  const Table& table = *access.table;
  const std::string fields_type = table.type_name("_aggregate_fields");
  Type& fields = *registry.type(fields_type, Type::Kind::kObject).first;
  fields.description = fmt::format("aggregate fields of \"{}\"", table.graphql_name);
  Field count;
  count.name = "count";
  count.meaning = Field::Meaning::kCount;
  count.table = &access;
  count.type = registry.scalar("Int").non_null();
  count.arguments = {input("columns", named(select_column_type(*access.table)).non_null().list()),
                     input("distinct", registry.scalar("Boolean"))};
  fields.fields.push_back(std::move(count));
  for (const std::string_view function : kFunctions) {
    const bool keeps_order = function == "min" || function == "max";
    const bool is_float = !keeps_order && function != "sum";
    const std::string name = table.type_name(fmt::format("_{}_fields", function));
    Type values;
    for (const Column* column : access.columns) {
      if (!is_fit_for(function, *column)) continue;
      Field value;
      value.name = column->graphql_name;
      value.meaning = Field::Meaning::kColumn;
      value.column = column;
      value.type = is_float ? registry.scalar("Float") : registry.column(*column).nullable();
      values.fields.push_back(std::move(value));
    }
    if (values.fields.empty()) continue;
    Type& type = *registry.type(name, Type::Kind::kObject).first;
    type.description = fmt::format("aggregate {} on columns", function);
    type.fields = std::move(values.fields);
    Field field;
    field.name = table.naming().field(function);
    field.aggregate = function;
    field.meaning = Field::Meaning::kAggregateFunction;
    field.table = &access;
    field.type = named(name);
    fields.fields.push_back(std::move(field));
  }
  Type& aggregate = *registry.type(aggregate_type(table), Type::Kind::kObject).first;
  aggregate.description = fmt::format("aggregated selection of \"{}\"", table.graphql_name);
  Field aggregate_field;
  aggregate_field.name = "aggregate";
  aggregate_field.meaning = Field::Meaning::kAggregateFields;
  aggregate_field.type = named(fields_type);
  Field nodes;
  nodes.name = "nodes";
  nodes.meaning = Field::Meaning::kAggregateNodes;
  nodes.type = named(table.graphql_name).non_null().list().non_null();
  aggregate.fields = {std::move(aggregate_field), std::move(nodes)};
}

/// The field beside an array relationship's that aggregates its rows.
Field aggregate_of(Field field, const Table& target) {
  field.name = target.naming().field(field.name + "_aggregate");
  field.description = "An aggregate relationship";
  field.meaning = Field::Meaning::kSelectAggregate;
  field.type = named(aggregate_type(target)).non_null();
  return field;
}

void add_relationship_fields(TypeRegistry& registry, const RelationshipAccess& access, Type& object) {
  const Relationship& relationship = *access.relationship;
  const Table& target = *relationship.target;
  Field field;
  field.name = relationship.name;
  field.meaning = Field::Meaning::kRelationship;
  field.relationship = &access;
  field.table = access.target;
  field.type = named(target.graphql_name);
  field.description = relationship.description;
  if (!relationship.is_array) {
    if (field.description.empty()) field.description = "An object relationship";
    if (!relationship.is_nullable && relationship.function == nullptr) field.type = field.type.non_null();
    if (relationship.function != nullptr) field.arguments = function_arguments(registry, *relationship.function);
    object.fields.push_back(std::move(field));
    return;
  }
  if (field.description.empty()) field.description = "An array relationship";
  field.type = field.type.non_null().list();
  if (relationship.function == nullptr) field.type = field.type.non_null();
  field.arguments = select_arguments(registry, target);
  if (relationship.function != nullptr) {
    field.description = relationship.description;
    const auto given = function_arguments(registry, *relationship.function);
    field.arguments.insert(field.arguments.begin(), given.begin(), given.end());
  } else if (access.target->query.aggregate) {
    object.fields.push_back(aggregate_of(field, target));
  }
  if (relationship.function == nullptr && is_node(registry.schema(), target)) {
    Field pages = connection_field(registry, *access.target, target.naming().field(relationship.name + "_connection"));
    pages.description = "An array relationship connection";
    pages.relationship = &access;
    object.fields.push_back(std::move(pages));
  }
  object.fields.push_back(std::move(field));
}

}  // namespace

void add_join_fields(TypeRegistry& registry, const JoinAccess& access, Type& object) {
  const Table& target = *access.join->target;
  Field field;
  field.name = access.join->name;
  field.meaning = Field::Meaning::kRelationship;
  field.join = &access;
  field.table = access.target;
  field.type = named(target.graphql_name);
  if (!access.join->is_array) {
    field.description = "An object relationship";
    object.fields.push_back(std::move(field));
    return;
  }
  field.description = "An array relationship";
  field.type = field.type.non_null().list().non_null();
  field.arguments = select_arguments(registry, target);
  if (access.target->query.aggregate) object.fields.push_back(aggregate_of(field, target));
  object.fields.push_back(std::move(field));
}

std::string_view aggregate_function(std::string_view name) {
  const auto found = std::ranges::find(kFunctions, name);
  return found == kFunctions.end() ? std::string_view() : *found;
}

std::string comparison_type(const Naming& naming, const ColumnType& type) {
  return naming.shared_type(type.graphql_name + (type.is_array ? "_array_comparison_exp" : "_comparison_exp"));
}

bool is_numeric(const Column& column) {
  const auto kind = column.type.kind;
  return !column.type.is_array && (kind == ScalarKind::kInteger || kind == ScalarKind::kFloat ||
                                   kind == ScalarKind::kNumber || column.type.graphql_name == "money");
}

bool is_boolean(const Column& column) { return !column.type.is_array && column.type.kind == ScalarKind::kBoolean; }

bool is_comparable(const Column& column) {
  constexpr std::array<std::string_view, 8> kComparable = {"date",        "time",     "timetz", "timestamp",
                                                           "timestamptz", "interval", "bpchar", "citext"};
  for (const auto name : kComparable) {
    if (column.type.graphql_name == name && !column.type.is_array) return true;
  }
  return is_numeric(column) || (!column.type.is_array && column.type.kind == ScalarKind::kText);
}

std::vector<InputValue> select_arguments(TypeRegistry& registry, const Table& table) {
  const Naming& naming = table.naming();
  return {
      input(naming, "distinct_on", named(select_column_type(table)).non_null().list(), "distinct select on columns"),
      input("limit", registry.scalar("Int"), "limit the number of rows returned"),
      input("offset", registry.scalar("Int"), "skip the first n rows. Use only with order_by"),
      input(naming, "order_by", named(order_by_type(table)).non_null().list(), "sort the rows by one or more columns"),
      input("where", named(bool_exp_type(table)), "filter the rows returned")};
}

void add_table_types(TypeRegistry& registry, const TableAccess& access) {
  Type& object = *registry.type(access.table->graphql_name, Type::Kind::kObject).first;
  object.description = access.table->description;
  object.is_node = is_node(registry.schema(), *access.table);
  if (object.is_node) object.fields.push_back(global_id_field(registry, access));
  for (const Column* column : access.columns) {
    if (object.is_node && column->graphql_name == "id") continue;  // The global one takes its place.
    Field field;
    field.name = column->graphql_name;
    field.description = column->description;
    field.meaning = Field::Meaning::kColumn;
    field.column = column;
    field.type = registry.column(*column);
    if (column->type.kind == ScalarKind::kJson && !column->type.is_array) {
      field.arguments.push_back(input("path", registry.scalar("String"), "JSON select path"));
    }
    object.fields.push_back(std::move(field));
  }
  for (const Column* column : access.computed_columns) {
    Field field;
    field.name = column->graphql_name;
    field.description = column->description;
    field.meaning = Field::Meaning::kColumn;
    field.column = column;
    field.type = registry.column(*column);
    field.arguments = function_arguments(registry, *column->computed);
    if (column->type.kind == ScalarKind::kJson && !column->type.is_array)
      field.arguments.push_back(input("path", registry.scalar("String"), "JSON select path"));
    object.fields.push_back(std::move(field));
  }
  for (const auto& relationship : access.relationships) add_relationship_fields(registry, *relationship, object);
  add_bool_exp(registry, access);
  add_order_by(registry, access);
  add_select_columns(registry, access);
  if (access.query.aggregate || access.subscription.aggregate) {
    add_aggregate_types(registry, access);
    add_aggregate_order_by(registry, access);
  }
}

}  // namespace busflow::graphql::schema
