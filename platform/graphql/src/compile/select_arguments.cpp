#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "compile/column_value.hpp"
#include "compile/enum_value.hpp"
#include "compile/select.hpp"
#include "schema/role_schema.hpp"

namespace busflow::graphql::compile {
namespace {

struct Direction {
  std::string_view name;
  std::string_view sql;
};

// PostgreSQL's own order of nulls needs no words, which keeps indexes usable.
constexpr std::array kDirections = {
    Direction{"asc", ""},
    Direction{"asc_nulls_first", " NULLS FIRST"},
    Direction{"asc_nulls_last", ""},
    Direction{"desc", " DESC"},
    Direction{"desc_nulls_first", " DESC"},
    Direction{"desc_nulls_last", " DESC NULLS LAST"},
};

Result<std::string_view> direction_of(const schema::Naming& naming, const Input& input, const Path& path) {
  const std::string type = schema::direction_type(naming);
  if (!is_enum_value(input)) return mismatch(input, "an enum value", type, path.to_string());
  const auto found = std::ranges::find(kDirections, naming.enum_value_of(input.text()), &Direction::name);
  if (found != kDirections.end()) return found->sql;
  std::vector<std::string> names;
  for (const Direction& direction : kDirections) names.push_back(naming.enum_value(direction.name));
  return no_such_value(input, names, type, path);
}

}  // namespace

Result<SelectCompiler::Arguments> SelectCompiler::read_arguments(const schema::TableAccess& access,
                                                                 const CollectedField& field, const Path& path) const {
  const schema::Table& table = *access.table;
  Arguments arguments;
  const Path args(path, "args");
  if (const auto* where = field.find_argument("where")) {
    const Path where_path(args, "where");
    BUSFLOW_TRY(const auto input, variables_.resolve(Input::literal(where->value),
                                                     TypeReference(schema::bool_exp_type(table)), false, where_path));
    if (input && !input->is_null()) {
      BUSFLOW_TRY(arguments.where, where_.expression(access, *input, where_path));
    }
  }
  if (const auto* order = field.find_argument("order_by")) {
    const Path order_path(args, "order_by");
    const TypeReference place = TypeReference(schema::order_by_type(table)).non_null().list();
    BUSFLOW_TRY(const auto input, variables_.resolve(Input::literal(order->value), place, false, order_path));
    if (input && !input->is_null()) {
      const bool is_list = input->kind() == Input::Kind::kList;
      for (std::size_t i = 0; i < (is_list ? input->item_count() : 1); ++i) {
        const Path item_path(order_path, i);
        BUSFLOW_CHECK(read_order(access, is_list ? input->item(i) : *input, {}, item_path, arguments.order_by));
      }
    }
  }
  if (const auto* distinct = field.find_argument("distinct_on")) {
    const Path distinct_path(args, "distinct_on");
    BUSFLOW_CHECK(read_distinct(access, Input::literal(distinct->value), distinct_path, arguments));
    const std::size_t compared = std::min(arguments.distinct_on.size(), arguments.order_by.size());
    for (std::size_t i = 0; i < compared; ++i) {
      const auto& order = arguments.order_by[i];
      if (order.through.empty() &&
          std::ranges::find(arguments.distinct_on, order.column) != arguments.distinct_on.end())
        continue;
      return args.fail("\"distinct_on\" columns must match initial \"order_by\" columns");
    }
  }
  BUSFLOW_TRY(arguments.limit, read_count(field, "limit", schema::ScalarKind::kNonNegativeInteger, args));
  BUSFLOW_TRY(arguments.offset, read_count(field, "offset", schema::ScalarKind::kBigInteger, args));
  return arguments;
}

Result<void> SelectCompiler::read_order(const schema::TableAccess& access, const Input& given,
                                        std::vector<const schema::RelationshipAccess*> through, const Path& path,
                                        std::vector<Arguments::Order>& orders) const {
  const std::string type = schema::order_by_type(*access.table);
  BUSFLOW_TRY(const auto input, variables_.resolve(given, TypeReference(type), false, path));
  if (!input || input->is_null()) return {};
  if (input->kind() != Input::Kind::kObject) return mismatch(*input, "an object", type, path.to_string());
  for (std::size_t i = 0; i < input->field_count(); ++i) {
    const std::string_view key = input->field_name(i);
    const Path key_path(path, key);
    if (const schema::Column* column = access.find_value(key)) {
      const schema::Naming& naming = access.table->naming();
      const TypeReference place(schema::direction_type(naming));
      BUSFLOW_TRY(const auto value, variables_.resolve(input->field(i), place, false, key_path));
      if (!value || value->is_null()) continue;
      BUSFLOW_TRY(const auto direction, direction_of(naming, *value, key_path));
      orders.push_back({.through = through, .column = column, .direction = direction});
      continue;
    }
    if (const auto* aggregated = access.find_aggregate(key)) {
      BUSFLOW_CHECK(
          read_aggregate_order(input->field(i), {.through = through, .aggregated = aggregated}, key_path, orders));
      continue;
    }
    const schema::RelationshipAccess* relationship = access.find_relationship(key);
    if (relationship == nullptr || relationship->relationship->is_array || relationship->takes_input())
      return key_path.fail(fmt::format("field '{}' not found in type: '{}'", key, type));
    auto longer = through;
    longer.push_back(relationship);
    BUSFLOW_CHECK(read_order(*relationship->target, input->field(i), std::move(longer), key_path, orders));
  }
  return {};
}

/// `{count: asc, max: {name: desc}}`
Result<void> SelectCompiler::read_aggregate_order(const Input& given, Arguments::Order order, const Path& path,
                                                  std::vector<Arguments::Order>& orders) const {
  const schema::TableAccess& target = *order.aggregated->target;
  const schema::Naming& naming = target.table->naming();
  const std::string type = schema::aggregate_order_by_type(*target.table);
  BUSFLOW_TRY(const auto input, variables_.resolve(given, TypeReference(type), false, path));
  if (!input || input->is_null()) return {};
  if (input->kind() != Input::Kind::kObject) return mismatch(*input, "an object", type, path.to_string());
  const auto add = [&](const Input& value, const Path& value_path) -> Result<void> {
    const TypeReference place(schema::direction_type(naming));
    BUSFLOW_TRY(const auto direction, variables_.resolve(value, place, false, value_path));
    if (!direction || direction->is_null()) return {};
    BUSFLOW_TRY(order.direction, direction_of(naming, *direction, value_path));
    orders.push_back(order);
    return {};
  };
  for (std::size_t i = 0; i < input->field_count(); ++i) {
    const std::string_view name = input->field_name(i);
    const Path name_path(path, name);
    order.column = nullptr;
    if (name == "count") {
      order.function = "count";
      BUSFLOW_CHECK(add(input->field(i), name_path));
      continue;
    }
    order.function = schema::aggregate_function(naming.field_of(name));
    const std::string columns_type = schema::function_order_by_type(*target.table, order.function);
    const schema::Type* columns = order.function.empty() ? nullptr : schema_.find(columns_type);
    if (columns == nullptr) return name_path.fail(fmt::format("field '{}' not found in type: '{}'", name, type));
    BUSFLOW_TRY(const auto fields, variables_.resolve(input->field(i), TypeReference(columns_type), false, name_path));
    if (!fields || fields->is_null()) continue;
    if (fields->kind() != Input::Kind::kObject)
      return mismatch(*fields, "an object", columns_type, name_path.to_string());
    for (std::size_t j = 0; j < fields->field_count(); ++j) {
      const std::string_view key = fields->field_name(j);
      const Path key_path(name_path, key);
      if (std::ranges::find(columns->input_fields, key, &schema::InputValue::name) == columns->input_fields.end())
        return key_path.fail(fmt::format("field '{}' not found in type: '{}'", key, columns_type));
      order.column = target.find_column(key);
      BUSFLOW_CHECK(add(fields->field(j), key_path));
    }
  }
  return {};
}

Result<void> SelectCompiler::read_distinct(const schema::TableAccess& access, const Input& given, const Path& path,
                                           Arguments& arguments) const {
  const std::string type = schema::select_column_type(*access.table);
  const TypeReference element = TypeReference(type).non_null();
  BUSFLOW_TRY(const auto input, variables_.resolve(given, element.list(), false, path));
  if (!input || input->is_null()) return {};
  const bool is_list = input->kind() == Input::Kind::kList;
  for (std::size_t i = 0; i < (is_list ? input->item_count() : 1); ++i) {
    const Path item_path(path, i);
    BUSFLOW_TRY(const auto item, variables_.resolve(is_list ? input->item(i) : *input, element, false, item_path));
    if (!item || !is_enum_value(*item))
      return mismatch(item.value_or(*input), "an enum value", type, item_path.to_string());
    const schema::Column* column = access.find_column(item->text());
    if (column == nullptr) {
      std::vector<std::string_view> names;
      for (const schema::Column* known : access.columns) names.emplace_back(known->graphql_name);
      return no_such_value(*item, names, type, item_path);
    }
    arguments.distinct_on.push_back(column);
  }
  return {};
}

Result<std::optional<schema::ParameterSource>> SelectCompiler::read_count(const CollectedField& field,
                                                                          std::string_view name,
                                                                          schema::ScalarKind kind,
                                                                          const Path& path) const {
  const auto* argument = field.find_argument(name);
  if (argument == nullptr || argument->value.kind == language::Value::Kind::kNull) return std::nullopt;
  const Path argument_path(path, name);
  schema::ParameterSource source;
  source.rule.kind = kind;
  source.rule.type_name = "Int";
  source.rule.is_nullable = true;
  source.sql_type = "int8";
  BUSFLOW_TRY(source, bind_value(variables_, Input::literal(argument->value), TypeReference("Int"), std::move(source),
                                 argument_path));
  // A number is safe in the text, and the planner should know it.
  if (source.kind == schema::ParameterSource::Kind::kConstant) source.kind = schema::ParameterSource::Kind::kInline;
  return source;
}

Result<SelectCompiler::Source> SelectCompiler::by_pk_source(const CollectedField& field, const Path& path) const {
  Source source;
  source.access = field.definition->table;
  BUSFLOW_TRY(source.key, read_primary_key(variables_, *source.access->table, arguments_of(field), Path(path, "args")));
  return source;
}

}  // namespace busflow::graphql::compile
