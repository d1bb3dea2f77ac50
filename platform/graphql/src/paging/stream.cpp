#include <fmt/format.h>

#include "compile/column_value.hpp"
#include "compile/enum_value.hpp"
#include "compile/select.hpp"
#include "schema/role_schema.hpp"

/// Streaming subscriptions. The reference loses rows in two ways that are closed here: rows with the cursor's value
/// beyond the end of a batch, by taking the primary key into the cursor; and rows of transactions that commit after
/// later ones have been sent, by holding rows back while a transaction that began before theirs still runs.
namespace busflow::graphql::compile {
namespace {

/// The row's transaction began before all that still run; frozen rows are of age 2^31 - 1.
void write_is_settled(SqlText& sql, const std::string& alias) {
  sql.add("age(", alias, ".xmin) > age(pg_snapshot_xmin(pg_current_snapshot())::xid)");
}

}  // namespace

Result<SelectCompiler::Page> SelectCompiler::read_stream(const CollectedField& field, const Path& args) const {
  const schema::TableAccess& access = *field.definition->table;
  Page page;
  BUSFLOW_TRY(page.size, read_count(field, "batch_size", schema::ScalarKind::kNonNegativeInteger, args));
  if (!page.size) return Path(args, "batch_size").fail("unexpected null value for type 'Int'");
  page.cursor.emplace();
  page.cursor->name = kStreamCursor;
  page.cursor->sql_type = "json";
  const Path path(args, "cursor");
  const TypeReference place = TypeReference(schema::stream_cursor_type(*access.table)).list().non_null();
  BUSFLOW_TRY(const auto given,
              variables_.resolve(Input::literal(field.find_argument("cursor")->value), place, false, path));
  if (!given || given->is_null()) return path.fail("unexpected null value for type '" + place.name() + "'");
  const bool is_list = given->kind() == Input::Kind::kList;
  if (is_list && given->item_count() != 1) return path.fail("a stream has one cursor");
  BUSFLOW_CHECK(read_stream_cursor(access, is_list ? given->item(0) : *given, path, page));
  const schema::Column* const first = page.order.front().column;
  for (const schema::Column* column : access.table->primary_key) {
    if (column != first) page.order.push_back({.column = column});
  }
  return page;
}

/// `{initial_value: {id: 5}, ordering: ASC}`
Result<void> SelectCompiler::read_stream_cursor(const schema::TableAccess& access, const Input& cursor,
                                                const Path& path, Page& page) const {
  const schema::Table& table = *access.table;
  const std::string type = schema::stream_cursor_type(table);
  BUSFLOW_TRY(const auto given, variables_.resolve(cursor, TypeReference(type), false, path));
  if (!given || given->kind() != Input::Kind::kObject)
    return mismatch(given.value_or(cursor), "an object", type, path.to_string());
  std::string_view direction;
  std::optional<Input> initial;
  const std::string initial_name = table.naming().field("initial_value");
  for (std::size_t i = 0; i < given->field_count(); ++i) {
    const std::string_view key = given->field_name(i);
    const Path key_path(path, key);
    if (key == initial_name) {
      initial = given->field(i);
    } else if (key == "ordering") {
      const TypeReference place(schema::stream_ordering_type(table.naming()));
      BUSFLOW_TRY(const auto ordering, variables_.resolve(given->field(i), place, false, key_path));
      if (!ordering || ordering->is_null()) continue;
      if (!is_enum_value(*ordering)) return mismatch(*ordering, "an enum value", place.name(), key_path.to_string());
      if (ordering->text() != "ASC" && ordering->text() != "DESC")
        return no_such_value(*ordering, std::vector<std::string_view>{"ASC", "DESC"}, place.name(), key_path);
      direction = ordering->text() == "DESC" ? " DESC" : "";
    } else {
      return key_path.fail(fmt::format("field '{}' not found in type: '{}'", key, type));
    }
  }
  const Path value_path(path, initial_name);
  if (!initial) return value_path.fail(fmt::format("missing required field '{}'", initial_name));
  const std::string value_type = schema::stream_value_type(table);
  BUSFLOW_TRY(const auto values, variables_.resolve(*initial, TypeReference(value_type).non_null(), false, value_path));
  if (!values || values->kind() != Input::Kind::kObject)
    return mismatch(values.value_or(*initial), "an object", value_type, value_path.to_string());
  if (values->field_count() != 1) return value_path.fail("a stream's cursor has one column");
  const std::string_view name = values->field_name(0);
  const Path column_path(value_path, name);
  const schema::Column* column = access.find_column(name);
  if (column == nullptr) return column_path.fail(fmt::format("field '{}' not found in type: '{}'", name, value_type));
  WrittenValue value = WrittenValue::of(column->type);
  value.is_nullable = false;  // Nothing comes after null.
  BUSFLOW_TRY(page.initial, written_parameter(variables_, values->field(0), value, column_path));
  if (!page.initial) return column_path.fail(fmt::format("unexpected null value for type '{}'", value.type_name));
  page.order.push_back({.column = column, .direction = direction});
  return {};
}

// (SELECT coalesce(json_agg(q.x ORDER BY q.n), '[]') AS rows, (array_agg(q.c ORDER BY q.n DESC))[1] AS cursor,
//         CASE WHEN count(*) >= <batch> THEN 'full' WHEN EXISTS (<a row that is held back>) THEN 'held' END AS follow
//  FROM (SELECT p.*, row_number() OVER () AS n FROM (SELECT <row> AS x, <place> AS c FROM t WHERE … LIMIT <batch>) p)
//  q)
Result<void> SelectCompiler::write_stream(SqlText& sql, const CollectedField& field, const Path& path,
                                          std::size_t depth) {
  const schema::TableAccess& access = *field.definition->table;
  BUSFLOW_TRY(const Arguments arguments, read_arguments(access, field, path));
  BUSFLOW_TRY(const Page page, read_stream(field, Path(path, "args")));
  Source source;
  source.access = &access;
  const std::string rows = sql.new_alias('q');
  const std::string inner = sql.new_alias('p');
  const std::string alias = sql.new_alias('t');
  sql.add("(SELECT coalesce(json_agg(", rows, ".x ORDER BY ", rows, ".n), '[]') AS rows, (array_agg(", rows,
          ".c ORDER BY ", rows, ".n DESC))[1] AS cursor, CASE WHEN count(*) >= ");
  write_page_size(sql, page, std::nullopt);
  sql.add(" AND count(*) > 0 THEN 'full'");
  const bool can_hold = access.table->has_row_versions;
  if (can_hold) {
    const std::string held = sql.new_alias('t');
    sql.add(" WHEN EXISTS (SELECT 1");
    sql.add(write_from(sql, source, arguments, held) ? " AND " : " WHERE ");
    write_split(sql, page, held);
    sql.add(" AND NOT ");
    write_is_settled(sql, held);
    sql.add(") THEN 'held'");
  }
  sql.add(" END AS follow FROM (SELECT ", inner, ".*, row_number() OVER () AS n FROM (SELECT ");
  BUSFLOW_TRY(const auto members, row_members(access, field.children, alias, path, depth));
  BUSFLOW_CHECK(write_object(sql, members));
  sql.add(" AS x, ");
  write_place(sql, page, alias);
  sql.add(" AS c");
  sql.add(write_from(sql, source, arguments, alias) ? " AND " : " WHERE ");
  write_split(sql, page, alias);
  if (can_hold) {
    sql.add(" AND ");
    write_is_settled(sql, alias);
  }
  Arguments ordered;
  ordered.order_by = page.order;
  write_order(sql, ordered, alias);
  // Without a key, rows of one value cannot be told apart, so that they have to come together.
  const bool has_key = !access.table->primary_key.empty();
  sql.add(has_key ? " LIMIT " : " FETCH FIRST (");
  write_page_size(sql, page, access.limit);
  sql.add(has_key ? "" : ") ROWS WITH TIES", ") ", inner, ") ", rows, ")");
  return {};
}

}  // namespace busflow::graphql::compile
