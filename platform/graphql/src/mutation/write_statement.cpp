#include "mutation/write_statement.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "compile/condition_sql.hpp"
#include "mutation/fault.hpp"

namespace busflow::graphql::compile {
namespace {

constexpr std::string_view kSetting = "busflow.written_rows";

bool is_checked(const schema::Condition* check) { return check != nullptr && !check->is_true(); }

}  // namespace

bool reads_other_rows(const schema::Condition& condition) {
  return condition.kind == schema::Condition::Kind::kRelated || condition.kind == schema::Condition::Kind::kExists ||
         condition.kind == schema::Condition::Kind::kAggregate ||
         (condition.column != nullptr && condition.column->computed != nullptr) ||
         std::ranges::any_of(condition.children, reads_other_rows);
}

std::string WriteStatement::begin_part() {
  std::string name = "w" + std::to_string(parts_);
  sql_.add(parts_ == 0 ? "WITH " : ", ", name, " AS (");
  ++parts_;
  return name;
}

void WriteStatement::end_part(WrittenRows written) {
  sql_.add(")");
  written_.push_back(std::move(written));
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

Result<std::vector<PlanStep>> WriteStatement::finish(const Answer& answer, bool reads_others,
                                                     const std::string& error_path) && {
  for (const WrittenRows& written : written_) {
    for (const auto* check : {written.check, written.conflict_check})
      reads_others = reads_others || (check != nullptr && reads_other_rows(*check));
  }
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
  BUSFLOW_CHECK(answer(second));
  second.add(" END AS root");
  PlanStep last{.statement = nullptr,
                .sql = second.statement(),
                .parameters = {},
                .gives_result = true,
                .error_path = error_path,
                .faults = std::move(faults_)};
  last.parameters = std::move(second).take_parameters();
  steps.push_back(std::move(last));
  return steps;
}

void WriteStatement::write_needs(SqlText& sql, std::string_view type) {
  for (const Needed& needed : needed_) {
    sql.add(" WHEN NOT EXISTS (SELECT 1 FROM ", needed.part, ") THEN ", raise_fault(faults_.size(), needed.part, type));
    faults_.push_back(needed.error);
  }
}

void WriteStatement::write_checks(SqlText& sql, const std::string& error_path) {
  for (const WrittenRows& written : written_) {
    if (!is_checked(written.check) && !is_checked(written.conflict_check)) continue;
    sql.add(" WHEN EXISTS (SELECT 1 FROM ", written.name, " m WHERE ");
    write_check(sql, written);
    sql.add(") THEN ", raise_fault(faults_.size(), written.name, "json"));
    faults_.push_back(
        {ErrorName::kCheckViolation, "check constraint of an insert/update permission has failed", error_path});
  }
}

/// True for a row that must not be.
void WriteStatement::write_check(SqlText& sql, const WrittenRows& written) const {
  const auto fails = [&](const schema::Condition* check) {
    if (!is_checked(check)) {
      sql.add("false");
      return;
    }
    sql.add("NOT coalesce(");
    write_condition(sql, *check, "m", "m");
    sql.add(", false)");
  };
  if (!written.tells_new_rows) {
    fails(written.check);
    return;
  }
  sql.add("CASE WHEN m.", kIsNew, " THEN ");
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
