#include "mutation/column_value.hpp"

#include "compile/where.hpp"

namespace busflow::graphql::compile {

WrittenValue WrittenValue::of(const schema::Column& column) {
  return {.place = column.type.reference(),
          .kind = column.type.kind,
          .type_name = column.type.graphql_name,
          .sql_type = column.type.sql_type(),
          .is_list = column.type.is_array};
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
  source.sql_type = value.sql_type;
  BUSFLOW_TRY(source, bind_value(variables, input, value.place, std::move(source), path));
  return source;
}

}  // namespace busflow::graphql::compile
