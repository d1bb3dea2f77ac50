#include <array>
#include <utility>

#include <fmt/format.h>

#include "compile/condition_sql.hpp"
#include "compile/select.hpp"
#include "paging/node_id.hpp"

/// Rows in pages (relay.dev/graphql/connections.htm). A page is found by the keys of its order, to which the primary
/// key is added, and not by counting rows:
///
/// (SELECT json_build_object('edges', json_agg(q.x0 ORDER BY q.n) FILTER (WHERE q.n <= 10), …)
///  FROM (SELECT p.*, row_number() OVER () AS n FROM (
///    SELECT <edge> AS x0, <cursor> AS c FROM t WHERE … AND <after the cursor> ORDER BY … LIMIT 10 + 1) p) q)
namespace busflow::graphql::compile {

using Meaning = schema::Field::Meaning;

namespace {

struct Opposite {
  std::string_view direction;
  std::string_view other;
};
constexpr std::array kOpposites = {Opposite{"", " DESC"}, Opposite{" NULLS FIRST", " DESC NULLS LAST"}};

std::string_view reversed(std::string_view direction) {
  for (const auto& [one, other] : kOpposites) {
    if (direction == one) return other;
    if (direction == other) return one;
  }
  return direction;
}

bool is_descending(std::string_view direction) { return direction.starts_with(" DESC"); }
bool has_nulls_first(std::string_view direction) { return direction == " NULLS FIRST" || direction == " DESC"; }

/// What a key is called in cursors.
std::string name_of(const std::vector<const schema::RelationshipAccess*>& through,
                    const schema::RelationshipAccess* aggregated, std::string_view function,
                    const schema::Column* column) {
  std::string name;
  const auto add = [&](std::string_view step) { name.append(name.empty() ? "" : ".").append(step); };
  for (const auto* relationship : through) add(relationship->relationship->name);
  if (aggregated != nullptr) {
    add(aggregated->relationship->name);
    add(function);
  }
  if (column != nullptr) add(column->name);
  return name;
}

}  // namespace

const language::Argument* SelectCompiler::find_given(const CollectedField& field, std::string_view name) const {
  const auto* argument = field.find_argument(name);
  if (argument == nullptr || argument->value.kind == language::Value::Kind::kNull) return nullptr;
  if (argument->value.kind != language::Value::Kind::kVariable) return argument;
  const auto value = variables_.json_value(argument->value.text);
  return value && !value->is_null() ? argument : nullptr;
}

Result<SelectCompiler::Page> SelectCompiler::read_page(const CollectedField& field, const Arguments& arguments,
                                                       const schema::TableAccess& access, const Path& path) const {
  const Path args(path, "args");
  Page page;
  const auto exclude = [&](std::string_view one, std::string_view other) -> Result<void> {
    if (find_given(field, one) == nullptr || find_given(field, other) == nullptr) return {};
    return args.fail(fmt::format("\"{}\" and \"{}\" are not allowed at once", one, other));
  };
  BUSFLOW_CHECK(exclude("first", "last"));
  BUSFLOW_CHECK(exclude("after", "before"));
  BUSFLOW_CHECK(exclude("first", "before"));
  BUSFLOW_CHECK(exclude("last", "after"));
  page.is_backward = find_given(field, "last") != nullptr || find_given(field, "before") != nullptr;
  const std::string_view size = page.is_backward ? "last" : "first";
  if (find_given(field, size) != nullptr) {
    BUSFLOW_TRY(page.size, read_count(field, size, schema::ScalarKind::kNonNegativeInteger, args));
  }
  page.order = arguments.order_by;
  for (const schema::Column* column : access.table->primary_key) {
    const auto is_key = [&](const auto& order) { return order.through.empty() && order.column == column; };
    if (std::ranges::none_of(page.order, is_key)) page.order.push_back({.column = column});
  }
  BUSFLOW_TRY(page.cursor, read_cursor(page, field, args));
  return page;
}

Result<std::optional<schema::ParameterSource>> SelectCompiler::read_cursor(const Page& page,
                                                                           const CollectedField& field,
                                                                           const Path& args) const {
  const std::string_view name = page.is_backward ? "before" : "after";
  const auto* argument = find_given(field, name);
  if (argument == nullptr) return std::nullopt;
  auto keys = std::make_shared<std::vector<std::string>>();
  for (const auto& key : page.order) keys->push_back(name_of(key.through, key.aggregated, key.function, key.column));
  schema::ParameterSource source;
  source.rule = {.kind = schema::ScalarKind::kText, .type_name = "String", .cursor_keys = std::move(keys)};
  source.sql_type = "json";
  BUSFLOW_TRY(source, bind_value(variables_, Input::literal(argument->value), TypeReference("String"),
                                 std::move(source), Path(args, name)));
  return source;
}

/// `json_build_object('key', value, …)` of the row's place in the order.
void SelectCompiler::write_place(SqlText& sql, const Page& page, const std::string& alias) const {
  sql.add("json_build_object(");
  std::string_view separator;
  for (const auto& key : page.order) {
    const std::string name = name_of(key.through, key.aggregated, key.function, key.column);
    sql.add(std::exchange(separator, ", "), quote_literal(name), ", ");
    write_order_key(sql, key, 0, alias);
  }
  sql.add(")");
}

void SelectCompiler::write_cursor(SqlText& sql, const Page& page, const std::string& alias) const {
  write_base64(sql, [&] { write_place(sql, page, alias); });
}

/// Whether the row comes after the cursor, in the direction of the page: by the first key that differs.
void SelectCompiler::write_split(SqlText& sql, const Page& page, const std::string& alias) const {
  const auto type_of = [](const Arguments::Order& key) {
    const bool is_number =
        key.column == nullptr || (key.aggregated != nullptr && key.function != "max" && key.function != "min");
    return is_number ? std::string("numeric") : key.column->type.sql_type();
  };
  const auto value = [&](const Arguments::Order& key) {
    const bool is_first = page.initial && &key == &page.order.front();
    if (is_first) sql.add("coalesce(");
    sql.add("(");
    sql.add_parameter(*page.cursor);
    sql.add("->>", quote_literal(name_of(key.through, key.aggregated, key.function, key.column)), ")::", type_of(key));
    if (!is_first) return;
    sql.add(", ");
    sql.add_parameter(*page.initial);
    sql.add(")");
  };
  sql.add("(");
  for (std::size_t i = 0; i < page.order.size(); ++i) {
    sql.add(i == 0 ? "(" : " OR (");
    for (std::size_t j = 0; j < i; ++j) {
      write_order_key(sql, page.order[j], 0, alias);
      sql.add(" IS NOT DISTINCT FROM ");
      value(page.order[j]);
      sql.add(" AND ");
    }
    const Arguments::Order& key = page.order[i];
    const std::string_view direction = page.is_backward ? reversed(key.direction) : key.direction;
    const bool is_never_null = key.through.empty() && key.aggregated == nullptr && !key.column->is_nullable;
    if (!is_never_null) sql.add("(");
    write_order_key(sql, key, 0, alias);
    sql.add(is_descending(direction) ? " < " : " > ");
    value(key);
    if (!is_never_null) {
      const bool nulls_first = has_nulls_first(direction);
      sql.add(" OR (");
      write_order_key(sql, key, 0, alias);
      sql.add(nulls_first ? " IS NOT NULL AND " : " IS NULL AND ");
      value(key);
      sql.add(nulls_first ? " IS NULL))" : " IS NOT NULL))");
    }
    sql.add(")");
  }
  sql.add(")");
}

/// The most rows of the page; nothing is written when there is no limit.
bool SelectCompiler::write_page_size(SqlText& sql, const Page& page, std::optional<std::int64_t> permitted) {
  if (!page.size && !permitted) return false;
  if (page.size && permitted) sql.add("LEAST(");
  if (page.size) sql.add_parameter(*page.size);
  if (page.size && permitted) sql.add(", ");
  if (permitted) sql.add(std::to_string(*permitted));
  if (page.size && permitted) sql.add(")");
  return true;
}

Result<void> SelectCompiler::write_connection(SqlText& sql, const Source& source, const CollectedField& field,
                                              const Path& path, std::size_t depth) {
  BUSFLOW_TRY(const Arguments arguments, read_arguments(*source.access, field, path));
  BUSFLOW_TRY(const Page page, read_page(field, arguments, *source.access, path));
  const schema::Type& type = *schema_.find(field.definition->type.name());
  BUSFLOW_TRY(const auto parts, collector_.collect(type, field.children, path, depth));
  const std::string rows = sql.new_alias('q');
  const Path selections(path, "selectionSet");
  std::vector<Member> members;
  std::vector<std::string> edge_columns(parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const CollectedField& part = parts[i];
    edge_columns[i] = fmt::format("x{}", i);
    members.push_back({part.response_name, [&, i](SqlText& out) -> Result<void> {
                         if (part.definition == nullptr) {
                           out.add(quote_literal(type.name), "::text");
                         } else if (part.definition->meaning == Meaning::kPageInfo) {
                           const Path part_path(selections, part.selection->name);
                           return write_page_info(out, {source, arguments, page, rows}, part, part_path, depth + 1);
                         } else {
                           write_edges(out, source, page, rows, edge_columns[i]);
                         }
                         return {};
                       }});
  }
  sql.add("(SELECT ");
  BUSFLOW_CHECK(write_object(sql, members));
  const std::string inner = sql.new_alias('p');
  sql.add(" FROM (SELECT ", inner, ".*, row_number() OVER () AS n, count(*) OVER () AS k FROM (SELECT ");
  const std::string alias = sql.new_alias('t');
  write_distinct(sql, arguments, alias);
  write_cursor(sql, page, alias);
  sql.add(" AS c");
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].definition == nullptr || parts[i].definition->meaning != Meaning::kEdges) continue;
    const Path part_path(selections, parts[i].selection->name);
    sql.add(", ");
    BUSFLOW_CHECK(write_edge(sql, source, page, alias, parts[i], part_path, depth + 1));
    sql.add(" AS ", edge_columns[i]);
  }
  write_page_rows(sql, source, arguments, page, alias);
  sql.add(") ", inner, ") ", rows, ")");
  return {};
}

/// FROM … WHERE … ORDER BY … LIMIT: the page, and one row more where there are more.
void SelectCompiler::write_page_rows(SqlText& sql, const Source& source, const Arguments& arguments, const Page& page,
                                     const std::string& alias) const {
  const bool has_condition = write_from(sql, source, arguments, alias);
  if (page.cursor) {
    sql.add(has_condition ? " AND " : " WHERE ");
    write_split(sql, page, alias);
  }
  Arguments ordered;
  ordered.order_by = page.order;
  for (auto& key : ordered.order_by) {
    if (page.is_backward) key.direction = reversed(key.direction);
  }
  write_order(sql, ordered, alias);
  if (!page.size && !source.access->limit) return;
  sql.add(" LIMIT 1 + ");
  write_page_size(sql, page, source.access->limit);
}

Result<void> SelectCompiler::write_edge(SqlText& sql, const Source& source, const Page& page, const std::string& alias,
                                        const CollectedField& edges, const Path& path, std::size_t depth) {
  const schema::Type& type = *schema_.find(edges.definition->type.name());
  BUSFLOW_TRY(const auto parts, collector_.collect(type, edges.children, path, depth));
  const Path selections(path, "selectionSet");
  std::vector<Member> members;
  for (const CollectedField& part : parts) {
    members.push_back({part.response_name, [&](SqlText& out) -> Result<void> {
                         const Path part_path(selections, part.selection->name);
                         if (part.definition == nullptr) {
                           out.add(quote_literal(type.name), "::text");
                         } else if (part.definition->meaning == Meaning::kCursor) {
                           write_cursor(out, page, alias);
                         } else {
                           BUSFLOW_TRY(const auto row,
                                       row_members(*source.access, part.children, alias, part_path, depth + 1));
                           return write_object(out, row);
                         }
                         return {};
                       }});
  }
  return write_object(sql, members);
}

void SelectCompiler::write_edges(SqlText& sql, const Source& source, const Page& page, const std::string& rows,
                                 const std::string& column) const {
  sql.add("coalesce(json_agg(", rows, ".", column, " ORDER BY ", rows, page.is_backward ? ".n DESC)" : ".n)");
  write_of_page(sql, source, page, rows);
  sql.add(", '[]')");
}

void SelectCompiler::write_of_page(SqlText& sql, const Source& source, const Page& page, const std::string& rows) {
  if (!page.size && !source.access->limit) return;
  sql.add(" FILTER (WHERE ", rows, ".n <= ");
  write_page_size(sql, page, source.access->limit);
  sql.add(")");
}

Result<void> SelectCompiler::write_page_info(SqlText& sql, const PagedRows& paged, const CollectedField& field,
                                             const Path& path, std::size_t depth) {
  BUSFLOW_TRY(const auto parts, collector_.collect(*schema_.find("PageInfo"), field.children, path, depth));
  const auto& [source, arguments, page, rows] = paged;
  std::vector<Member> members;
  for (const CollectedField& part : parts) {
    members.push_back({part.response_name, [&](SqlText& out) -> Result<void> {
                         if (part.definition == nullptr) {
                           out.add("'PageInfo'::text");
                           return {};
                         }
                         const Meaning meaning = part.definition->meaning;
                         if (meaning == Meaning::kStartCursor || meaning == Meaning::kEndCursor) {
                           const bool is_last = (meaning == Meaning::kEndCursor) != page.is_backward;
                           out.add("coalesce((array_agg(", rows, ".c ORDER BY ", rows, is_last ? ".n DESC)" : ".n)");
                           write_of_page(out, source, page, rows);
                           out.add(")[1], '')");
                         } else if ((meaning == Meaning::kHasNextPage) != page.is_backward) {
                           write_has_more(out, source, page, rows);
                         } else {
                           write_has_before(out, source, arguments, page);
                         }
                         return {};
                       }});
  }
  return write_object(sql, members);
}

/// Whether rows follow in the direction of the page: one more than its size was looked for.
void SelectCompiler::write_has_more(SqlText& sql, const Source& source, const Page& page, const std::string& rows) {
  if (!page.size && !source.access->limit) {
    sql.add("false");
    return;
  }
  sql.add("coalesce(max(", rows, ".k) > ");
  write_page_size(sql, page, source.access->limit);
  sql.add(", false)");
}

/// Whether there are rows on the other side of the cursor, its own included.
void SelectCompiler::write_has_before(SqlText& sql, const Source& source, const Arguments& arguments,
                                      const Page& page) const {
  if (!page.cursor) {
    sql.add("false");
    return;
  }
  const std::string alias = sql.new_alias('t');
  sql.add("EXISTS (SELECT 1");
  const bool has_condition = write_from(sql, source, arguments, alias);
  sql.add(has_condition ? " AND NOT coalesce(" : " WHERE NOT coalesce(");
  write_split(sql, page, alias);
  sql.add(", false))");
}

Result<NodeId> SelectCompiler::node_of(const CollectedField& field, const Path& path) const {
  BUSFLOW_CHECK(collector_.check_interface(*schema_.find(schema::kNodeType), field.children, path));
  const Path arguments(path, "args");
  const Path id_path(arguments, "id");
  const TypeReference place = TypeReference("ID").non_null();
  BUSFLOW_TRY(const auto id,
              variables_.resolve(Input::literal(field.find_argument("id")->value), place, false, id_path));
  if (!id || id->is_null()) return id_path.fail("unexpected null value for type 'ID'");
  if (id->kind() != Input::Kind::kString) return mismatch(*id, "a string", "ID", id_path.to_string());
  return read_node_id(schema_, id->text(), path);
}

Result<void> SelectCompiler::write_node(SqlText& sql, const CollectedField& field, const Path& path,
                                        std::size_t depth) {
  BUSFLOW_TRY(NodeId node, node_of(field, path));
  Source source;
  source.access = node.access;
  source.key = std::move(node.key);
  return write_single(sql, source, field.children, true, path, depth);
}

}  // namespace busflow::graphql::compile
