#include "compile/column_value.hpp"

#include <fmt/format.h>

#include "compile/where.hpp"

namespace busflow::graphql::compile {

WrittenValue WrittenValue::of(const schema::ColumnType& type) {
  return {.place = type.reference(),
          .kind = type.kind,
          .type_name = type.graphql_name,
          .sql_type = type.sql_type(),
          .is_list = type.is_array,
          .enum_values = type.enum_values};
}

Result<std::optional<schema::ParameterSource>> written_parameter(const VariableResolver& variables, const Input& input,
                                                                 const WrittenValue& value, const Path& path) {
  BUSFLOW_TRY(const auto resolved, variables.resolve(input, value.place, false, path));
  if (!resolved) return std::nullopt;
  schema::ParameterSource source;
  source.rule.kind = value.kind;
  source.rule.type_name = value.type_name;
  source.rule.is_list = value.is_list;
  source.rule.is_nullable = value.is_nullable;
  source.rule.enum_values = value.enum_values;
  source.sql_type = value.sql_type;
  BUSFLOW_TRY(source, bind_value(variables, input, value.place, std::move(source), path));
  return source;
}

Result<KeyValues> read_primary_key(const VariableResolver& variables, const schema::Table& table, const FindInput& find,
                                   const Path& path) {
  KeyValues key;
  for (const schema::Column* column : table.primary_key) {
    const Path column_path(path, column->graphql_name);
    const auto given = find(column->graphql_name);
    if (!given) return column_path.fail(fmt::format("missing required field '{}'", column->graphql_name));
    schema::ParameterSource value;
    value.rule.kind = column->type.kind;
    value.rule.type_name = column->type.graphql_name;
    value.rule.is_list = column->type.is_array;
    value.rule.enum_values = column->type.enum_values;
    value.sql_type = column->type.sql_type();
    BUSFLOW_TRY(value,
                bind_value(variables, *given, column->type.reference().non_null(), std::move(value), column_path));
    key.emplace_back(column, std::move(value));
  }
  return key;
}

}  // namespace busflow::graphql::compile
