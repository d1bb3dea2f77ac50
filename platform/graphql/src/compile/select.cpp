#include "compile/select.hpp"

#include <utility>

#include <fmt/format.h>

#include "compile/condition_sql.hpp"

namespace busflow::graphql::compile {

using Meaning = schema::Field::Meaning;

Result<void> SelectCompiler::write(SqlText& sql, const CollectedField& field, const std::string& parent,
                                   const Path& path, std::size_t depth) {
  const schema::Field& definition = *field.definition;
  if (definition.meaning == Meaning::kNode) return write_node(sql, field, path, depth);
  Source source;
  source.access = definition.table;
  source.parent = parent;
  if (definition.meaning == Meaning::kSelectByPk) {
    BUSFLOW_TRY(source, by_pk_source(field, path));
    return write_single(sql, source, field.children, true, path, depth);
  }
  if (definition.relationship != nullptr) source.relationship = definition.relationship->relationship;
  if (definition.meaning == Meaning::kConnection) return write_connection(sql, source, field, path, depth);
  source.function = source.relationship != nullptr ? source.relationship->function : definition.function;
  if (source.function != nullptr) {
    BUSFLOW_TRY(source.given, read_function_arguments(*source.function, field, path));
    if (!source.function->returns_set) return write_single(sql, source, field.children, true, path, depth);
  }
  if (source.relationship != nullptr && !source.relationship->is_array) {
    return write_single(sql, source, field.children, source.relationship->is_target_unique, path, depth);
  }
  BUSFLOW_TRY(const Arguments arguments, read_arguments(*source.access, field, path));
  if (definition.meaning == Meaning::kSelectAggregate)
    return write_aggregate(sql, source, arguments, field, path, depth);
  return write_list(sql, source, arguments, field.children, path, depth);
}

Result<const schema::Database*> SelectCompiler::database_of(const CollectedField& field, const Path& path) const {
  if (field.definition->meaning != Meaning::kNode) return field.definition->database();
  BUSFLOW_TRY(const NodeId node, node_of(field, path));
  return node.access->table->database;
}

Result<void> SelectCompiler::write_rows(SqlText& sql, const schema::TableAccess& access, const std::string& from,
                                        bool is_single, const SelectionLists& children, const Path& path,
                                        std::size_t depth) {
  Source source;
  source.access = &access;
  source.from = from;
  if (is_single) return write_single(sql, source, children, false, path, depth);
  return write_list(sql, source, {}, children, path, depth);
}

Result<void> SelectCompiler::write_row(SqlText& sql, const schema::TableAccess& access, const std::string& alias,
                                       const SelectionLists& children, const Path& path, std::size_t depth) {
  BUSFLOW_TRY(const auto members, row_members(access, children, alias, path, depth));
  return write_object(sql, members);
}

Result<void> SelectCompiler::write_list(SqlText& sql, const Source& source, const Arguments& arguments,
                                        const SelectionLists& children, const Path& path, std::size_t depth) {
  const std::string alias = sql.new_alias(source.from.empty() ? 't' : kWrittenRow);
  const std::string row = sql.new_alias('r');
  BUSFLOW_TRY(auto members, row_members(*source.access, children, alias, path, depth));
  const RowShape shape(std::move(members));
  sql.add("(SELECT coalesce(json_agg(", shape.object(row), "), '[]') FROM (SELECT ");
  write_distinct(sql, arguments, alias);
  BUSFLOW_CHECK(shape.write_columns(sql));
  write_from(sql, source, arguments, alias);
  write_order(sql, arguments, alias);
  // What a mutation wrote is given back whole.
  write_limit(sql, arguments, source.from.empty() ? source.access->limit : std::nullopt);
  sql.add(") ", row, ")");
  return {};
}

Result<void> SelectCompiler::write_single(SqlText& sql, const Source& source, const SelectionLists& children,
                                          bool is_unique, const Path& path, std::size_t depth) {
  const std::string alias = sql.new_alias(source.from.empty() ? 't' : kWrittenRow);
  const std::string row = sql.new_alias('r');
  BUSFLOW_TRY(auto members, row_members(*source.access, children, alias, path, depth));
  const RowShape shape(std::move(members));
  sql.add("(SELECT ", shape.object(row), " FROM (SELECT ");
  BUSFLOW_CHECK(shape.write_columns(sql));
  write_from(sql, source, {}, alias);
  if (!is_unique) sql.add(" LIMIT 1");
  sql.add(") ", row, ")");
  return {};
}

Result<std::vector<Member>> SelectCompiler::row_members(const schema::TableAccess& access,
                                                        const SelectionLists& children, const std::string& alias,
                                                        const Path& path, std::size_t depth) {
  const schema::Type* type = schema_.find(access.table->graphql_name);
  BUSFLOW_TRY(const auto fields, collector_.collect(*type, children, path, depth));
  std::vector<Member> members;
  for (const CollectedField& field : fields) {
    // Written before this function's caller returns, so the references hold.
    members.push_back({field.response_name, [this, field, alias, &access, &path, depth](SqlText& sql) -> Result<void> {
                         const Path selections(path, "selectionSet");
                         const Path field_path(selections, field.selection->name);
                         if (field.definition == nullptr) {
                           sql.add(quote_literal(access.table->graphql_name), "::text");
                           return {};
                         }
                         if (field.definition->meaning == Meaning::kColumn)
                           return write_column(sql, field, alias, field_path);
                         if (field.definition->meaning == Meaning::kGlobalId) {
                           write_node_id(sql, *access.table, alias);
                           return {};
                         }
                         if (field.definition->join != nullptr)
                           return write_keys(sql, field, alias, field_path, depth + 1);
                         return write(sql, field, alias, field_path, depth + 1);
                       }});
  }
  return members;
}

Result<void> SelectCompiler::write_column(SqlText& sql, const CollectedField& field, const std::string& alias,
                                          const Path& path) {
  const schema::Column& column = *field.definition->column;
  const auto* argument = field.find_argument("path");
  const bool is_enclosed = column.visible_if != nullptr && (column.is_given_as_text || argument != nullptr);
  if (is_enclosed) sql.add("(");
  GivenArguments given;
  if (column.computed != nullptr) {
    BUSFLOW_TRY(given, read_function_arguments(*column.computed, field, path));
  }
  write_value(sql, column, alias, given);
  if (is_enclosed) sql.add(")");
  if (column.is_given_as_text) sql.add("::text");
  if (argument == nullptr) return {};
  const Path arguments(path, "args");
  const Path argument_path(arguments, "path");
  schema::ParameterSource source;
  source.rule.kind = schema::ScalarKind::kText;
  source.rule.type_name = "String";
  source.rule.is_nullable = true;
  source.sql_type = "text[]";
  const Input input = Input::literal(argument->value);
  if (input.is_null()) return {};
  BUSFLOW_TRY(source, bind_value(variables_, input, TypeReference("String"), std::move(source), argument_path));
  source.is_path = true;
  if (source.constant) {
    BUSFLOW_TRY(source.constant, json_path_array(*source.constant, source.rule.path));
  }
  sql.add(" #> ");
  sql.add_parameter(source);
  return {};
}

bool SelectCompiler::write_from(SqlText& sql, const Source& source, const Arguments& arguments,
                                const std::string& alias) const {
  sql.add(" FROM ");
  if (source.function != nullptr) {
    write_call(sql, *source.function, source.parent, source.given);
  } else {
    sql.add(source.from.empty() ? source.access->table->sql : source.from);
  }
  sql.add(" ", alias);
  std::string_view word = " WHERE ";
  const auto next = [&] {
    sql.add(word);
    word = " AND ";
  };
  if (source.relationship != nullptr && source.function == nullptr) {
    next();
    write_join(sql, *source.relationship, source.parent, alias);
  }
  if (source.join != nullptr) {
    for (std::size_t i = 0; i < source.join->keys.size(); ++i) {
      const schema::Column& column = *source.join->keys[i].target;
      next();
      sql.add(alias, ".", column.sql, " = (", source.parent, ".v->>", std::to_string(i), ")::", column.type.sql_type());
    }
  }
  for (const auto& [column, value] : source.key) {
    next();
    write_value(sql, *column, alias);
    sql.add(" = ");
    sql.add_parameter(value);
  }
  // Whoever wrote a row is shown it, as in the reference: the filter is about what is found.
  const schema::Condition everything;
  for (const schema::Condition* condition :
       {source.from.empty() ? &source.access->filter : &everything, &arguments.where}) {
    if (condition->is_true()) continue;
    next();
    write_condition(sql, *condition, alias, alias);
  }
  return word == " AND ";
}

void SelectCompiler::write_distinct(SqlText& sql, const Arguments& arguments, const std::string& alias) const {
  if (arguments.distinct_on.empty()) return;
  sql.add("DISTINCT ON (");
  std::string_view separator;
  for (const schema::Column* column : arguments.distinct_on) {
    sql.add(std::exchange(separator, ", "));
    write_value(sql, *column, alias);
  }
  sql.add(") ");
}

// A key across object relationships is a scalar subquery for each; rows the role may not see sort as null.
void SelectCompiler::write_order_key(SqlText& sql, const Arguments::Order& order, std::size_t step,
                                     const std::string& alias) const {
  const bool is_last = step == order.through.size();
  if (is_last && order.aggregated == nullptr) {
    write_value(sql, *order.column, alias);
    return;
  }
  const schema::RelationshipAccess& access = is_last ? *order.aggregated : *order.through[step];
  const std::string inner = sql.new_alias('o');
  sql.add("(SELECT ");
  if (!is_last) {
    write_order_key(sql, order, step + 1, inner);
  } else if (order.column == nullptr) {
    sql.add("count(*)");
  } else {
    sql.add(order.function, "(");
    write_value(sql, *order.column, inner);
    sql.add(")");
  }
  Source source;
  source.access = access.target;
  source.relationship = access.relationship;
  source.function = access.relationship->function;
  source.parent = alias;
  write_from(sql, source, {}, inner);
  sql.add(is_last || access.relationship->is_target_unique ? ")" : " LIMIT 1)");
}

void SelectCompiler::write_order(SqlText& sql, const Arguments& arguments, const std::string& alias) const {
  std::string_view word = " ORDER BY ";
  for (const auto& order : arguments.order_by) {
    sql.add(word);
    word = ", ";
    write_order_key(sql, order, 0, alias);
    sql.add(order.direction);
  }
}

void SelectCompiler::write_limit(SqlText& sql, const Arguments& arguments,
                                 std::optional<std::int64_t> permitted) const {
  if (arguments.limit && permitted) {
    sql.add(" LIMIT LEAST(");
    sql.add_parameter(*arguments.limit);
    sql.add(", ", std::to_string(*permitted), ")");
  } else if (arguments.limit) {
    sql.add(" LIMIT ");
    sql.add_parameter(*arguments.limit);
  } else if (permitted) {
    sql.add(" LIMIT ", std::to_string(*permitted));
  }
  if (!arguments.offset) return;
  sql.add(" OFFSET ");
  sql.add_parameter(*arguments.offset);
}

}  // namespace busflow::graphql::compile
