#include "mutation/insert.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "compile/condition_sql.hpp"

/// The writing half of InsertCompiler.
namespace busflow::graphql::compile {
namespace {

using schema::Column;

/// A column that takes its value from a row of another part.
struct TakenValue {
  const Column* column = nullptr;
  std::string part;
  const Column* from = nullptr;
};

/// Writes parts of a statement; rows that depend on others come after them.
class InsertWriter {
 public:
  explicit InsertWriter(WriteStatement& statement) : statement_(statement) {}

  std::vector<std::string> write(const schema::InsertAccess& access, std::span<const InsertRow> rows,
                                 const std::optional<Conflict>& conflict, const std::vector<TakenValue>& taken) {
    std::vector<std::string> parts;
    while (!rows.empty()) {
      const std::size_t count = run_of_plain(rows, !taken.empty());
      if (count == 0) {
        parts.push_back(write_with_nested(access, rows.front(), conflict, taken));
        rows = rows.subspan(1);
      } else {
        parts.push_back(taken.empty() ? write_values(access, rows.first(count), conflict)
                                      : write_select(access, rows.first(count), conflict, taken));
        rows = rows.subspan(count);
      }
    }
    return parts;
  }

 private:
  static bool has_same_columns(const InsertRow& a, const InsertRow& b) {
    return std::ranges::equal(
        a.values, b.values, {}, [](const auto& value) { return value.first; },
        [](const auto& value) { return value.first; });
  }

  /// How many rows from the first on fit into one INSERT.
  static std::size_t run_of_plain(std::span<const InsertRow> rows, bool needs_same_columns) {
    const auto ends = [&](const InsertRow& row) {
      return !row.is_plain() || (needs_same_columns && !has_same_columns(row, rows.front()));
    };
    return static_cast<std::size_t>(std::ranges::find_if(rows, ends) - rows.begin());
  }

  std::string write_with_nested(const schema::InsertAccess& access, const InsertRow& row,
                                const std::optional<Conflict>& conflict, std::vector<TakenValue> taken) {
    for (const NestedRows& nested : row.before) {
      const auto part = write(*nested.nested->target, nested.rows, nested.conflict, {}).front();
      need_rows(nested.conflict, part, row.path, "object relation", nested, *nested.nested->target->table);
      for (const auto& [own, other] : nested.nested->relationship->columns)
        taken.push_back({.column = own, .part = part, .from = other});
    }
    const std::string part =
        taken.empty() ? write_values(access, {&row, 1}, conflict) : write_select(access, {&row, 1}, conflict, taken);
    for (const NestedRows& nested : row.after) {
      need_rows(conflict, part, row.path, "array relations", nested, *access.table);
      std::vector<TakenValue> keys;
      for (const auto& [own, other] : nested.nested->relationship->columns)
        keys.push_back({.column = other, .part = part, .from = own});
      write(*nested.nested->target, nested.rows, nested.conflict, keys);
    }
    return part;
  }

  /// A row that a conflict left out has no key to take.
  void need_rows(const std::optional<Conflict>& conflict, const std::string& part, const std::string& path,
                 std::string_view what, const NestedRows& nested, const schema::Table& table) {
    if (!conflict) return;
    const std::string name =
        what == "object relation" ? fmt::format("{} '{}'", what, nested.nested->relationship->name) : std::string(what);
    statement_.needs_rows(part, {ErrorName::kNotSupported,
                                 fmt::format("cannot proceed to insert {} since insert to table '{}' affects zero rows",
                                             name, table.name.name),
                                 path});
  }

  /// `INSERT INTO t (…) VALUES (…), (…)`: what a row does not give is DEFAULT.
  std::string write_values(const schema::InsertAccess& access, std::span<const InsertRow> rows,
                           const std::optional<Conflict>& conflict) {
    std::vector<const Column*> columns;
    for (const InsertRow& row : rows) {
      for (const auto& [column, value] : row.values) {
        if (std::ranges::find(columns, column) == columns.end()) columns.push_back(column);
      }
    }
    const std::string alias = begin(access);
    SqlText& sql = statement_.sql();
    if (columns.empty() && rows.size() == 1) {
      sql.add(" DEFAULT VALUES");
      return end(access, conflict, alias);
    }
    if (columns.empty()) columns.push_back(&access.table->columns.front());
    write_columns(columns);
    sql.add(" VALUES ");
    std::string_view separator = "(";
    for (const InsertRow& row : rows) {
      for (const Column* column : columns) {
        sql.add(std::exchange(separator, ", "));
        const auto given = std::ranges::find_if(row.values, [&](const auto& value) { return value.first == column; });
        if (given == row.values.end()) {
          sql.add("DEFAULT");
        } else {
          sql.add_parameter(given->second);
        }
      }
      separator = "), (";
    }
    sql.add(")");
    return end(access, conflict, alias);
  }

  /// `INSERT INTO t (…) SELECT w0.id, v.… FROM w0, (VALUES …) v`
  std::string write_select(const schema::InsertAccess& access, std::span<const InsertRow> rows,
                           const std::optional<Conflict>& conflict, const std::vector<TakenValue>& taken) {
    std::vector<const Column*> columns;
    for (const TakenValue& value : taken) columns.push_back(value.column);
    for (const auto& [column, value] : rows.front().values) columns.push_back(column);
    const std::string alias = begin(access);
    SqlText& sql = statement_.sql();
    write_columns(columns);
    std::string_view separator = " SELECT ";
    std::vector<std::string> parts;
    for (const TakenValue& value : taken) {
      sql.add(std::exchange(separator, ", "), value.part, ".", value.from->sql);
      if (std::ranges::find(parts, value.part) == parts.end()) parts.push_back(value.part);
    }
    const std::size_t given = rows.front().values.size();
    for (std::size_t i = 0; i < given; ++i) sql.add(", v.c", std::to_string(i));
    sql.add(" FROM ", fmt::format("{}", fmt::join(parts, ", ")));
    if (given > 0) {
      write_value_rows(rows);
    } else if (rows.size() > 1) {
      sql.add(", generate_series(1, ", std::to_string(rows.size()), ")");
    }
    return end(access, conflict, alias);
  }

  void write_value_rows(std::span<const InsertRow> rows) {
    SqlText& sql = statement_.sql();
    sql.add(", (VALUES ");
    std::string_view separator = "(";
    for (const InsertRow& row : rows) {
      for (const auto& [column, value] : row.values) {
        sql.add(std::exchange(separator, ", "));
        sql.add_parameter(value);
      }
      separator = "), (";
    }
    sql.add(")) v(");
    for (std::size_t i = 0; i < rows.front().values.size(); ++i) sql.add(i == 0 ? "c" : ", c", std::to_string(i));
    sql.add(")");
  }

  void write_columns(const std::vector<const Column*>& columns) {
    std::string_view separator = " (";
    for (const Column* column : columns) statement_.sql().add(std::exchange(separator, ", "), column->sql);
    statement_.sql().add(")");
  }

  std::string begin(const schema::InsertAccess& access) {
    part_ = statement_.begin_part();
    const std::string alias = statement_.sql().new_alias('i');
    statement_.sql().add("INSERT INTO ", access.table->sql, " AS ", alias);
    return alias;
  }

  std::string end(const schema::InsertAccess& access, const std::optional<Conflict>& conflict,
                  const std::string& alias) {
    WrittenRows written{.name = part_, .alias = alias, .table = access.table, .check = &access.check};
    if (conflict) write_conflict(access, *conflict, alias, written);
    const std::string name = part_;
    statement_.end_part(std::move(written));
    return name;
  }

  void write_conflict(const schema::InsertAccess& access, const Conflict& conflict, const std::string& alias,
                      WrittenRows& written) {
    SqlText& sql = statement_.sql();
    sql.add(" ON CONFLICT ON CONSTRAINT ", schema::quote_identifier(conflict.constraint));
    if (conflict.update.empty()) {
      sql.add(" DO NOTHING");
      return;
    }
    const schema::UpdateAccess& update = *access.on_conflict;
    std::string_view separator = " DO UPDATE SET ";
    for (const Column* column : conflict.update)
      sql.add(std::exchange(separator, ", "), column->sql, " = EXCLUDED.", column->sql);
    for (const auto& preset : update.presets) {
      sql.add(std::exchange(separator, ", "), preset.column->sql, " = ");
      sql.add_parameter(preset.value);
    }
    std::string_view word = " WHERE ";
    for (const schema::Condition* condition : {&update.filter, &conflict.where}) {
      if (condition->is_true()) continue;
      sql.add(std::exchange(word, " AND "));
      write_condition(sql, *condition, alias, alias);
    }
    written.conflict_check = &update.check;
    written.tells_new_rows = !access.check.is_true() || !update.check.is_true();
  }

  WriteStatement& statement_;
  std::string part_;
};

}  // namespace

std::vector<std::string> InsertCompiler::write(WriteStatement& statement, const schema::InsertAccess& access,
                                               const std::vector<InsertRow>& rows,
                                               const std::optional<Conflict>& conflict) {
  return InsertWriter(statement).write(access, rows, conflict, {});
}

}  // namespace busflow::graphql::compile
