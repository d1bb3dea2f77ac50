#include "mutation/write_statement.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "compile/condition_sql.hpp"
#include "mutation/fault.hpp"

namespace busflow::graphql::compile {
namespace {

constexpr std::string_view kSetting = "busflow.written_rows";

std::string count_of(const std::string& rows) { return fmt::format("(SELECT count(*) FROM {})", rows); }

bool is_checked(const schema::Condition* check) { return check != nullptr && !check->is_true(); }

}  // namespace

bool reads_other_rows(const schema::Condition& condition) {
  return condition.kind == schema::Condition::Kind::kRelated || condition.kind == schema::Condition::Kind::kExists ||
         condition.kind == schema::Condition::Kind::kAggregate ||
         (condition.column != nullptr && condition.column->computed != nullptr) ||
         std::ranges::any_of(condition.children, reads_other_rows);
}

std::string WriteStatement::begin_part() {
  close_part();
  std::string name = "w" + std::to_string(parts_);
  if (parts_ > 0) sql_.add(", ", name, " AS (");
  ++parts_;
  return name;
}

void WriteStatement::end_part(WrittenRows written) {
  written_.push_back(std::move(written));
  is_open_ = true;
}

void WriteStatement::close_part() {
  if (!std::exchange(is_open_, false)) return;
  const WrittenRows& written = written_.back();
  if (written_.size() == 1) sql_.put_in_front(fmt::format("WITH {} AS (", written.name));
  sql_.add(" RETURNING ", written.alias, ".*");
  // A row that was there before bears the mark of the one who changed it.
  if (written.tells_new_rows) sql_.add(", ", written.alias, ".xmax::text = '0' AS ", kIsNew);
  sql_.add(")");
}

std::string WriteStatement::affected_rows() const {
  std::string sum;
  for (const WrittenRows& written : written_)
    sum += fmt::format("{}(SELECT count(*) FROM {})", sum.empty() ? "" : " + ", written.name);
  return sum.empty() ? "0" : sum;
}

std::string WriteStatement::rows_of(const std::vector<std::string>& parts, const schema::Table& table) {
  if (parts.empty()) return fmt::format("(SELECT * FROM {} WHERE false)", table.sql);
  if (parts.size() == 1) return parts.front();
  return fmt::format("(SELECT * FROM {})", fmt::join(parts, " UNION ALL SELECT * FROM "));
}

Result<std::vector<PlanStep>> WriteStatement::finish(const Answer& answer, const std::string& error_path) && {
  bool reads_others = answer.reads_others;
  for (const WrittenRows& written : written_) {
    for (const auto* check : {written.check, written.conflict_check})
      reads_others = reads_others || (check != nullptr && reads_other_rows(*check));
  }
  if (!reads_others && needs_only_one_row(answer)) return finish_row(answer, error_path);
  close_part();
  std::vector<PlanStep> steps;
  SqlText second;
  if (reads_others && !written_.empty()) {
    sql_.add(" SELECT CASE");
    write_needs(sql_, "text");
    sql_.add(" WHEN true THEN ");  // CASE needs a condition.
    keep_rows(sql_);
    sql_.add(" END");
    PlanStep first{.statement = nullptr,
                   .sql = sql_.statement(),
                   .parameters = {},
                   .error_path = error_path,
                   .faults = std::exchange(faults_, {})};
    first.parameters = std::move(sql_).take_parameters();
    steps.push_back(std::move(first));
    needed_.clear();
    read_rows(second);
  } else {
    second = std::move(sql_);
  }
  second.add(" SELECT CASE");
  write_needs(second, "json");
  write_checks(second, error_path);
  second.add(" WHEN true THEN ");
  BUSFLOW_CHECK(answer.write(second));
  second.add(" END AS root");
  steps.push_back(last_step(std::move(second), error_path));
  return steps;
}

bool WriteStatement::needs_only_one_row(const Answer& answer) const {
  return answer.write_row && written_.size() == 1 && !written_.front().tells_new_rows && needed_.empty();
}

/// `INSERT … RETURNING CASE WHEN NOT coalesce(…, false) THEN … WHEN true THEN json_build_object(…) END AS root`
Result<std::vector<PlanStep>> WriteStatement::finish_row(const Answer& answer, const std::string& error_path) {
  const WrittenRows& written = written_.front();
  sql_.add(" RETURNING CASE");
  if (is_checked(written.check)) {
    sql_.add(" WHEN ");
    write_check(sql_, written, written.alias);
    sql_.add(" THEN ", raise_fault(faults_.size(), fmt::format("({} IS NULL)", written.alias), "json"));
    add_check_fault(error_path);
  }
  sql_.add(" WHEN true THEN ");
  BUSFLOW_CHECK(answer.write_row(sql_, written.alias));
  sql_.add(" END AS root");
  std::vector<PlanStep> steps;
  steps.push_back(last_step(std::move(sql_), error_path));
  return steps;
}

PlanStep WriteStatement::last_step(SqlText&& sql, const std::string& error_path) {
  PlanStep step{.statement = nullptr,
                .sql = sql.statement(),
                .parameters = {},
                .gives_result = true,
                .error_path = error_path,
                .faults = std::move(faults_)};
  step.parameters = std::move(sql).take_parameters();
  return step;
}

void WriteStatement::write_needs(SqlText& sql, std::string_view type) {
  for (const Needed& needed : needed_) {
    sql.add(" WHEN NOT EXISTS (SELECT 1 FROM ", needed.part, ") THEN ",
            raise_fault(faults_.size(), count_of(needed.part), type));
    faults_.push_back(needed.error);
  }
}

void WriteStatement::write_checks(SqlText& sql, const std::string& error_path) {
  for (const WrittenRows& written : written_) {
    if (!is_checked(written.check) && !is_checked(written.conflict_check)) continue;
    sql.add(" WHEN EXISTS (SELECT 1 FROM ", written.name, " m WHERE ");
    write_check(sql, written, "m");
    sql.add(") THEN ", raise_fault(faults_.size(), count_of(written.name), "json"));
    add_check_fault(error_path);
  }
}

void WriteStatement::add_check_fault(const std::string& error_path) {
  faults_.push_back(
      {ErrorName::kCheckViolation, "check constraint of an insert/update permission has failed", error_path});
}

/// True for a row that must not be.
void WriteStatement::write_check(SqlText& sql, const WrittenRows& written, const std::string& alias) {
  const auto fails = [&](const schema::Condition* check) {
    if (!is_checked(check)) {
      sql.add("false");
      return;
    }
    sql.add("NOT coalesce(");
    write_condition(sql, *check, alias, alias);
    sql.add(", false)");
  };
  if (!written.tells_new_rows) {
    fails(written.check);
    return;
  }
  sql.add("CASE WHEN ", alias, ".", kIsNew, " THEN ");
  fails(written.check);
  sql.add(" ELSE ");
  fails(written.conflict_check);
  sql.add(" END");
}

void WriteStatement::keep_rows(SqlText& sql) const {
  sql.add("set_config('", kSetting, "', json_build_object(");
  std::string_view separator;
  for (const WrittenRows& written : written_) {
    sql.add(separator, "'", written.name, "', (SELECT coalesce(json_agg(k), '[]') FROM ", written.name, " k)");
    separator = ", ";
  }
  sql.add(")::text, true)");
}

void WriteStatement::read_rows(SqlText& sql) const {
  std::string_view word = "WITH ";
  for (const WrittenRows& written : written_) {
    sql.add(word, written.name, " AS MATERIALIZED (SELECT r.*");
    if (written.tells_new_rows) sql.add(", (k.value->>'__is_new')::bool AS ", kIsNew);
    sql.add(" FROM json_array_elements(current_setting('", kSetting, "')::json->'", written.name,
            "') k, json_populate_record(NULL::", written.table->sql, ", k.value) r)");
    word = ", ";
  }
}

}  // namespace busflow::graphql::compile
