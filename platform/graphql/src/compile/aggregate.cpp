#include <utility>

#include <fmt/format.h>

#include "compile/condition_sql.hpp"
#include "compile/select.hpp"
#include "schema/role_schema.hpp"

namespace busflow::graphql::compile {

using Meaning = schema::Field::Meaning;

// {aggregate, nodes}: `nodes` is the list the same arguments give; `aggregate` counts the rows without the permission's
// limit: (SELECT json_build_object('count', a.a0, 'sum', json_build_object('x', a.a1)) FROM (SELECT count(*) AS a0,
// sum(t.x) AS a1 FROM (rows) t) a)
Result<void> SelectCompiler::write_aggregate(SqlText& sql, const Source& source, const Arguments& arguments,
                                             const CollectedField& field, const Path& path, std::size_t depth) {
  BUSFLOW_TRY(const auto fields,
              collector_.collect(*schema_.find(field.definition->type.name()), field.children, path, depth));
  const Path selections(path, "selectionSet");
  std::vector<Member> members;
  for (const CollectedField& part : fields) {
    members.push_back({part.response_name, [&, this](SqlText& text) -> Result<void> {
                         const Path part_path(selections, part.selection->name);
                         if (part.definition == nullptr) {
                           text.add(quote_literal(field.definition->type.name()), "::text");
                           return {};
                         }
                         if (part.definition->meaning == Meaning::kAggregateNodes)
                           return write_list(text, source, arguments, part.children, part_path, depth + 1);
                         return write_aggregate_fields(text, source, arguments, part, part_path, depth + 1);
                       }});
  }
  return write_object(sql, members);
}

Result<void> SelectCompiler::write_aggregate_fields(SqlText& sql, const Source& source, const Arguments& arguments,
                                                    const CollectedField& field, const Path& path, std::size_t depth) {
  const std::string rows = sql.new_alias('t');
  const std::string values = sql.new_alias('a');
  const std::string inner = sql.new_alias('t');
  std::vector<Expression> expressions;
  BUSFLOW_TRY(const auto members, aggregate_members(*source.access, field, path, depth, rows, values, expressions));
  sql.add("(SELECT ");
  BUSFLOW_CHECK(write_object(sql, members));
  sql.add(" FROM (SELECT ");
  for (std::size_t i = 0; i < expressions.size(); ++i) {
    if (i > 0) sql.add(", ");
    expressions[i](sql);
    sql.add(" AS a", std::to_string(i));
  }
  sql.add(" FROM (SELECT ");
  write_distinct(sql, arguments, inner);
  sql.add(inner, ".*");
  write_from(sql, source, arguments, inner);
  write_order(sql, arguments, inner);
  write_limit(sql, arguments, std::nullopt);
  sql.add(") ", rows, ") ", values, ")");
  return {};
}

/// The members of `aggregate`, each reading a column a0, a1, … of the row `values`; their SQL goes into `expressions`.
Result<std::vector<Member>> SelectCompiler::aggregate_members(const schema::TableAccess& access,
                                                              const CollectedField& field, const Path& path,
                                                              std::size_t depth, const std::string& rows,
                                                              const std::string& values,
                                                              std::vector<Expression>& expressions) {
  const auto reference = [&](Expression expression) {
    expressions.push_back(std::move(expression));
    return fmt::format("{}.a{}", values, expressions.size() - 1);
  };
  const auto plain = [](std::string name, std::string text) {
    return Member{std::move(name), [text = std::move(text)](SqlText& sql) -> Result<void> {
                    sql.add(text);
                    return {};
                  }};
  };
  BUSFLOW_TRY(const auto fields,
              collector_.collect(*schema_.find(field.definition->type.name()), field.children, path, depth));
  const Path selections(path, "selectionSet");
  std::vector<Member> members;
  for (const CollectedField& part : fields) {
    const Path part_path(selections, part.selection->name);
    if (part.definition == nullptr) {
      members.push_back(plain(part.response_name, quote_literal(field.definition->type.name()) + "::text"));
    } else if (part.definition->meaning == Meaning::kCount) {
      BUSFLOW_TRY(Expression expression, count_expression(access, part, part_path, rows));
      members.push_back(plain(part.response_name, reference(std::move(expression))));
    } else if (part.definition->meaning == Meaning::kColumn) {
      const schema::Column& column = *part.definition->column;
      members.push_back(
          plain(part.response_name, reference([&column, &rows, function = field.definition->aggregate](SqlText& text) {
                  text.add(function, "(");
                  write_value(text, column, rows);
                  text.add(column.is_given_as_text ? ")::text" : ")");
                })));
    } else {
      BUSFLOW_TRY(auto inner, aggregate_members(access, part, part_path, depth + 1, rows, values, expressions));
      members.push_back(
          {part.response_name, [inner = std::move(inner)](SqlText& sql) { return write_object(sql, inner); }});
    }
  }
  if (expressions.empty()) expressions.emplace_back([](SqlText& text) { text.add("count(*)"); });
  return members;
}

Result<SelectCompiler::Expression> SelectCompiler::count_expression(const schema::TableAccess& access,
                                                                    const CollectedField& field, const Path& path,
                                                                    const std::string& rows) const {
  const Path args(path, "args");
  bool is_distinct = false;
  if (const auto* argument = field.find_argument("distinct")) {
    const Path distinct_path(args, "distinct");
    BUSFLOW_TRY(const auto value,
                variables_.resolve(Input::literal(argument->value), TypeReference("Boolean"), false, distinct_path));
    if (value && !value->is_null() && value->kind() != Input::Kind::kBoolean)
      return mismatch(*value, "a boolean", "Boolean", distinct_path.to_string());
    is_distinct = value && value->kind() == Input::Kind::kBoolean && value->boolean();
  }
  Arguments columns;
  if (const auto* argument = field.find_argument("columns")) {
    const Path columns_path(args, "columns");
    BUSFLOW_CHECK(read_distinct(access, Input::literal(argument->value), columns_path, columns));
  }
  return [columns = columns.distinct_on, is_distinct, rows](SqlText& text) {
    if (columns.empty()) {
      text.add("count(*)");
      return;
    }
    const bool is_row = columns.size() > 1;
    text.add("count(", is_distinct ? "DISTINCT " : "", is_row ? "(" : "");
    std::string_view separator;
    for (const schema::Column* column : columns) {
      text.add(std::exchange(separator, ", "));
      write_value(text, *column, rows);
    }
    text.add(is_row ? "))" : ")");
  };
}

}  // namespace busflow::graphql::compile
