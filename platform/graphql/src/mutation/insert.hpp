#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compile/column_value.hpp"
#include "compile/selection.hpp"
#include "compile/where.hpp"
#include "mutation/write_statement.hpp"

namespace busflow::graphql::compile {

/// `on_conflict`, read.
struct Conflict {
  std::string constraint;
  std::vector<const schema::Column*> update;  ///< Empty: the row is left out.
  schema::Condition where;
};

struct InsertRow;

/// The rows that a row brings along by one relationship.
struct NestedRows {
  const schema::NestedInsert* nested = nullptr;
  std::vector<InsertRow> rows;
  std::optional<Conflict> conflict;
};

struct InsertRow {
  std::vector<std::pair<const schema::Column*, schema::ParameterSource>> values;
  std::vector<NestedRows> before;  ///< Whose keys this row takes.
  std::vector<NestedRows> after;   ///< Which take this row's key.
  std::string path;

  bool is_plain() const { return before.empty() && after.empty(); }
};

/// Reads what is to be inserted, and writes it.
class InsertCompiler {
 public:
  InsertCompiler(const VariableResolver& variables, const WhereCompiler& where)
      : variables_(variables), where_(where) {}

  /// `objects`, or `object` when not `is_list`. `path` is that of the argument.
  Result<std::vector<InsertRow>> read_rows(const schema::InsertAccess& access, const Input& input, bool is_list,
                                           const Path& path) const;
  Result<std::optional<Conflict>> read_conflict(const schema::InsertAccess& access, const Input& input,
                                                const Path& path) const;

  /// The names of the parts that hold the rows themselves, without those they brought along.
  static std::vector<std::string> write(WriteStatement& statement, const schema::InsertAccess& access,
                                        const std::vector<InsertRow>& rows, const std::optional<Conflict>& conflict);

 private:
  using Columns = std::set<const schema::Column*>;

  Result<std::vector<InsertRow>> read_list(const schema::InsertAccess& access, const Input& input,
                                           const Columns& determined, const Path& path) const;
  Result<InsertRow> read_row(const schema::InsertAccess& access, const Input& given, const Columns& determined,
                             const Path& path) const;
  Result<void> read_nested(const schema::NestedInsert& nested, const Input& given, const Path& path,
                           InsertRow& row) const;
  static Result<void> check_determined(const InsertRow& row, const Columns& determined, const Path& path);
  Result<std::vector<const schema::Column*>> read_update_columns(const schema::InsertAccess& access, const Input& input,
                                                                 const Path& path) const;

  const VariableResolver& variables_;
  const WhereCompiler& where_;
};

}  // namespace busflow::graphql::compile
