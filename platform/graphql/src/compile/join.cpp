#include <algorithm>
#include <utility>

#include "compile/select.hpp"

namespace busflow::graphql::compile {

using Meaning = schema::Field::Meaning;

Result<void> SelectCompiler::write_keys(SqlText& sql, const CollectedField& field, const std::string& alias,
                                        const Path& path, std::size_t depth) {
  sql.add("json_build_array(");
  std::string_view separator;
  for (const schema::Column* column : field.definition->join->own_columns) {
    sql.add(std::exchange(separator, ", "));
    write_value(sql, *column, alias);
  }
  sql.add(")");
  return add_join(field, sql.place(), path, depth);
}

Result<void> SelectCompiler::add_join(const CollectedField& field, const std::vector<std::string>& place,
                                      const Path& path, std::size_t depth) {
  PlanJoin join{.place = base_};
  join.place.insert(join.place.end(), place.begin(), place.end());
  const std::size_t number = joins_.size();
  joins_.emplace_back();  // Before those that are found in its rows.
  std::vector<std::string> outer = std::exchange(base_, join.place);
  auto written = write_joined(join, field, path, depth);
  base_ = std::move(outer);
  joins_[number] = std::move(join);
  return written;
}

// SELECT coalesce(json_agg((SELECT … WHERE t1.id = (k0.v->>0)::int4 …) ORDER BY k0.n), '[]') AS root
// FROM json_array_elements($1::json) WITH ORDINALITY k0(v, n)
Result<void> SelectCompiler::write_joined(PlanJoin& join, const CollectedField& field, const Path& path,
                                          std::size_t depth) {
  const schema::Field& definition = *field.definition;
  SqlText sql;
  Source source;
  source.access = definition.table;
  source.join = definition.join->join;
  source.parent = sql.new_alias('k');
  sql.add("SELECT coalesce(json_agg(");
  if (!source.join->is_array) {
    BUSFLOW_CHECK(write_single(sql, source, field.children, false, path, depth));
  } else {
    BUSFLOW_TRY(const Arguments arguments, read_arguments(*source.access, field, path));
    BUSFLOW_CHECK(definition.meaning == Meaning::kSelectAggregate
                      ? write_aggregate(sql, source, arguments, field, path, depth)
                      : write_list(sql, source, arguments, field.children, path, depth));
  }
  sql.add(" ORDER BY ", source.parent, ".n), '[]') AS root FROM json_array_elements(");
  schema::ParameterSource keys;
  keys.kind = schema::ParameterSource::Kind::kJoinKeys;
  keys.sql_type = "json";
  sql.add_parameter(keys);
  sql.add(") WITH ORDINALITY ", source.parent, "(v, n)");
  join.statement.source = source.access->table->database->source;
  join.statement.sql = sql.statement();
  join.statement.parameters = std::move(sql).take_parameters();
  const auto is_keys = [](const auto& parameter) { return parameter.kind == schema::ParameterSource::Kind::kJoinKeys; };
  join.keys = static_cast<std::size_t>(std::ranges::find_if(join.statement.parameters, is_keys) -
                                       join.statement.parameters.begin());
  return {};
}

}  // namespace busflow::graphql::compile
