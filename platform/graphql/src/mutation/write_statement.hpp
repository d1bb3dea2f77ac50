#pragma once

#include <functional>
#include <string>
#include <vector>

#include "compile/plan_parts.hpp"
#include "compile/sql_text.hpp"
#include "schema/write_access.hpp"

namespace busflow::graphql::compile {

/// Rows that one data-modifying part of a statement wrote.
struct WrittenRows {
  std::string name;   ///< Of the common table expression.
  std::string alias;  ///< Of the table that is written.
  const schema::Table* table = nullptr;
  const schema::Condition* check = nullptr;           ///< What each must fulfil; null: nothing.
  const schema::Condition* conflict_check = nullptr;  ///< The same for those that were updated on a conflict.
  bool tells_new_rows = false;                        ///< Has the column kIsNew.
};

inline constexpr std::string_view kIsNew = "\"__is_new\"";

/// A mutation's field in the making: common table expressions that write, one after the other, then the answer.
///
/// All of a statement sees the database as it was before it. So when the answer or a check looks at other rows than
/// those written, it is a statement of its own: the first keeps what it wrote in a setting of the transaction, and the
/// second reads it from there.
///
/// One part whose answer is its one row needs no common table expression: RETURNING checks the row and is the answer,
/// which costs PostgreSQL half.
class WriteStatement {
 public:
  SqlText& sql() { return sql_; }

  /// Opens a part; what is written to sql() until end_part() is its SQL, without RETURNING.
  std::string begin_part();
  void end_part(WrittenRows written);

  /// Refuses everything when the part wrote no row.
  void needs_rows(const std::string& part, Error error) { needed_.push_back({part, std::move(error)}); }

  /// `SELECT count(*)` over all parts.
  std::string affected_rows() const;
  /// The rows of these parts as one source.
  static std::string rows_of(const std::vector<std::string>& parts, const schema::Table& table);

  /// How the field's value is written, a JSON expression.
  struct Answer {
    std::function<Result<void>(SqlText&)> write;  ///< Out of the parts.
    /// Out of the one row that the only part writes, by its alias; empty when the answer needs more.
    std::function<Result<void>(SqlText&, const std::string& alias)> write_row{};
    bool reads_others = false;  ///< Looks at rows beside those written.
  };
  Result<std::vector<PlanStep>> finish(const Answer& answer, const std::string& error_path) &&;

 private:
  struct Needed {
    std::string part;
    Error error;
  };

  void close_part();
  bool needs_only_one_row(const Answer& answer) const;
  Result<std::vector<PlanStep>> finish_row(const Answer& answer, const std::string& error_path);
  void write_needs(SqlText& sql, std::string_view type);
  void write_checks(SqlText& sql, const std::string& error_path);
  void add_check_fault(const std::string& error_path);
  static void write_check(SqlText& sql, const WrittenRows& written, const std::string& alias);
  PlanStep last_step(SqlText&& sql, const std::string& error_path);
  void keep_rows(SqlText& sql) const;
  void read_rows(SqlText& sql) const;

  SqlText sql_;
  std::vector<WrittenRows> written_;
  std::vector<Needed> needed_;
  std::vector<Error> faults_;
  std::size_t parts_ = 0;
  bool is_open_ = false;  ///< The last part has no RETURNING yet.
};

/// Whether a condition looks at other rows than the one it is about.
bool reads_other_rows(const schema::Condition& condition);

}  // namespace busflow::graphql::compile
