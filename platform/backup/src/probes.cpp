#include <platform/backup/probes.hpp>

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include <platform/postgres/identifier.hpp>
#include <platform/process/output.hpp>

#include "row_counts.hpp"

namespace busflow::backup {
namespace {

using postgres::quote_identifier;
using postgres::quote_literal;

constexpr std::size_t kShown = 5;

Outcome<postgres::Rows> query(postgres::Connection& connection, const std::string& sql) {
  auto rows = connection.run(sql);
  if (!rows)
    return found(Problem::kServerFailed, connection.last_failure().message.empty() ? std::string(rows.error().message())
                                                                                   : connection.last_failure().message);
  return std::move(*rows);
}

/// "a; b; c and 4 more".
std::string join(const std::vector<std::string>& items) {
  std::string text;
  for (std::size_t i = 0; i < std::min(items.size(), kShown); ++i) text += (i == 0 ? "" : "; ") + items[i];
  if (items.size() > kShown) text += fmt::format(" and {} more", items.size() - kShown);
  return text;
}

using TableKey = std::pair<std::string, std::string>;

}  // namespace

Outcome<void> probe_schemas(postgres::Connection& connection, const ProbeSettings& settings, Report& report) {
  BUSFLOW_TRY(
      const auto rows,
      query(connection,
            "SELECT n.nspname, count(c.oid) FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid AND "
            "c.relkind IN ('r', 'p') GROUP BY n.nspname"));
  std::map<std::string, std::int64_t, std::less<>> tables;
  for (std::size_t row = 0; row < rows.size(); ++row)
    tables.emplace(rows.text(row, std::size_t{0}), rows.integer(row, std::size_t{1}));
  std::vector<std::string> missing;
  std::vector<std::string> empty;
  for (const auto& schema : settings.required_schemas) {
    const auto at = tables.find(schema);
    if (at == tables.end()) missing.push_back(schema);
    if (at != tables.end() && at->second == 0) empty.push_back(schema);
  }
  if (!missing.empty()) report.fail("schemas", {Problem::kMissingSchema, join(missing)});
  if (!empty.empty()) report.fail("schemas", {Problem::kEmptySchema, join(empty)});
  if (missing.empty() && empty.empty())
    report.pass("schemas", fmt::format("{} have tables", settings.required_schemas.size()));
  return {};
}

Outcome<void> probe_rows(postgres::Connection& connection, const Manifest& manifest, Report& report) {
  BUSFLOW_TRY(const auto tables, query(connection, std::string(kTablesWithRows)));
  std::map<TableKey, std::int64_t> wanted;
  for (const auto& table : manifest.tables) wanted[{table.schema, table.name}] = table.rows;
  std::vector<std::string> different;
  std::int64_t total = 0;
  for (std::size_t row = 0; row < tables.size(); ++row) {
    const TableKey key{tables.text(row, std::size_t{0}), tables.text(row, std::size_t{1})};
    const auto at = wanted.find(key);
    if (at == wanted.end()) {
      different.push_back(fmt::format("{}.{} is not in the manifest", key.first, key.second));
      continue;
    }
    BUSFLOW_TRY(const auto counted, query(connection, count_statement(key.first, key.second)));
    const auto rows = counted.integer(0, std::size_t{0});
    total += rows;
    if (rows != at->second)
      different.push_back(fmt::format("{}.{} has {} rows, its source had {}", key.first, key.second, rows, at->second));
    wanted.erase(at);
  }
  for (const auto& [key, rows] : wanted)
    different.push_back(fmt::format("{}.{} with {} rows is missing", key.first, key.second, rows));
  BUSFLOW_TRY(const auto objects, query(connection, std::string(kLargeObjects)));
  if (const auto count = objects.integer(0, std::size_t{0}); count != manifest.large_objects)
    different.push_back(fmt::format("{} large objects, the source had {}", count, manifest.large_objects));
  if (different.empty())
    report.pass("rows", fmt::format("{} rows in {} tables, {} large objects, as in the source", total, tables.size(),
                                    manifest.large_objects));
  else
    report.fail("rows", {Problem::kRowsDiffer, join(different)});
  return {};
}

Outcome<void> probe_sequences(postgres::Connection& connection, const Manifest& manifest, Report& report) {
  BUSFLOW_TRY(
      const auto rows,
      query(
          connection,
          "SELECT sn.nspname, s.relname, tn.nspname, t.relname, a.attname, q.seqincrement, q.seqcycle FROM pg_class s "
          "JOIN pg_namespace sn ON sn.oid = s.relnamespace JOIN pg_sequence q ON q.seqrelid = s.oid "
          "LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.refclassid = "
          "'pg_class'::regclass AND d.deptype IN ('a', 'i') "
          "LEFT JOIN pg_class t ON t.oid = d.refobjid LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace "
          "LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid WHERE s.relkind = 'S'"));
  std::map<TableKey, std::int64_t> recorded;
  for (const auto& sequence : manifest.sequences) recorded[{sequence.schema, sequence.name}] = sequence.last_value;
  std::vector<std::string> behind;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto text = [&](std::size_t column) { return rows.text(row, column); };
    const TableKey key{text(0), text(1)};
    BUSFLOW_TRY(const auto state,
                query(connection, fmt::format("SELECT last_value FROM {}.{}", quote_identifier(key.first),
                                              quote_identifier(key.second))));
    const auto last = state.integer(0, std::size_t{0});
    const bool rising = rows.integer(row, std::size_t{5}) > 0;
    const auto source = recorded.find(key);
    if (source != recorded.end() && (rising ? last < source->second : last > source->second))
      behind.push_back(
          fmt::format("{}.{} is at {}, its source was at {}", key.first, key.second, last, source->second));
    if (rows.is_null(row, 4) || text(6) == "t") continue;
    BUSFLOW_TRY(const auto limit, query(connection, fmt::format("SELECT {}({}) FROM {}.{}", rising ? "max" : "min",
                                                                quote_identifier(text(4)), quote_identifier(text(2)),
                                                                quote_identifier(text(3)))));
    if (limit.is_null(0, 0)) continue;
    const auto reached = limit.integer(0, std::size_t{0});
    if (rising ? last < reached : last > reached)
      behind.push_back(fmt::format("{}.{} is at {}, but {}.{}.{} has {}", key.first, key.second, last, text(2), text(3),
                                   text(4), reached));
  }
  if (behind.empty())
    report.pass("sequences", fmt::format("{} are not behind their columns", rows.size()));
  else
    report.fail("sequences", {Problem::kSequenceBehind, join(behind)});
  return {};
}

Outcome<void> probe_constraints(postgres::Connection& connection, Report& report) {
  BUSFLOW_TRY(const auto rows,
              query(connection,
                    "SELECT n.nspname || '.' || r.relname || ': ' || c.conname FROM pg_constraint c "
                    "JOIN pg_class r ON r.oid = c.conrelid JOIN pg_namespace n ON n.oid = r.relnamespace "
                    "WHERE NOT c.convalidated ORDER BY 1"));
  std::vector<std::string> names;
  for (std::size_t row = 0; row < rows.size(); ++row) names.emplace_back(rows.text(row, std::size_t{0}));
  // Whether rows break them is asked by the soft references, which take these foreign keys in.
  if (names.empty())
    report.pass("constraints", "all are validated");
  else
    report.warn("constraints", Problem::kUnvalidatedConstraint, join(names));
  return {};
}

Outcome<void> probe_application(postgres::Connection& connection, const ProbeSettings& settings, Report& report) {
  if (!settings.application_query) {
    report.warn("application query", Problem::kApplicationQuery, "none is set in probes.yaml");
    return {};
  }
  const auto& [sql, minimum] = *settings.application_query;
  BUSFLOW_CHECK(query(connection, "SET statement_timeout = '60s'; SET default_transaction_read_only = on"));
  const auto rows = query(connection, sql);
  BUSFLOW_CHECK(query(connection, "RESET statement_timeout; RESET default_transaction_read_only"));
  if (!rows) {
    report.fail("application query", {Problem::kApplicationQuery, fmt::format("{}: {}", sql, rows.error().detail)});
  } else if (rows->empty() || rows->columns() != 1 || rows->integer(0, std::size_t{0}) < minimum) {
    const std::string gave = rows->empty() ? "no row" : std::string(rows->text(0, std::size_t{0}));
    report.fail("application query",
                {Problem::kApplicationQuery, fmt::format("{} gives {}, not at least {}", sql, gave, minimum)});
  } else {
    report.pass("application query", fmt::format("{} gives {}", sql, rows->text(0, std::size_t{0})));
  }
  return {};
}

Outcome<void> probe_structure(const Context& context, const PostgresTools& tools,
                              const postgres::ConnectionOptions& target, int jobs, Report& report) {
  // pg_amcheck takes its connection in separate options, unlike the other programs.
  const process::Command command{
      .program = tools.program("pg_amcheck"),
      .arguments = {"--no-password", "--host", target.host, "--port", std::to_string(target.port), "--username",
                    target.user, "--jobs", std::to_string(jobs), "--install-missing", "--exclude-schema=pg_toast",
                    target.database},
      .environment = {{"LC_ALL", "C"}}};
  BUSFLOW_TRY(const auto done, process::capture(context, command));
  if (done.exit.is_success())
    report.pass("structure", "pg_amcheck finds no damage");
  else
    report.fail("structure", {Problem::kDamagedIndex,
                              fmt::format("pg_amcheck: {}: {}", done.exit.describe(),
                                          process::last_line(done.output.empty() ? done.errors : done.output))});
  return {};
}

Outcome<void> probe_expressions(postgres::Connection& connection, Report& report) {
  BUSFLOW_TRY(
      const auto indexes,
      query(connection,
            "SELECT c.oid, n.nspname || '.' || c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
            "JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am a ON a.oid = c.relam "
            "WHERE a.amname = 'btree' AND c.relkind = 'i' AND i.indisvalid AND (i.indexprs IS NOT NULL OR i.indpred "
            "IS NOT NULL) AND n.nspname !~ '^pg_' ORDER BY 2"));
  std::vector<std::string> damaged;
  for (std::size_t row = 0; row < indexes.size(); ++row) {
    const auto checked =
        query(connection, fmt::format("SELECT bt_index_check({}, true)", indexes.text(row, std::size_t{0})));
    if (!checked) damaged.push_back(fmt::format("{}: {}", indexes.text(row, std::size_t{1}), checked.error().detail));
  }
  if (damaged.empty())
    report.pass("indexes", fmt::format("{} on expressions or parts of tables hold what they should", indexes.size()));
  else
    report.fail("indexes", {Problem::kDamagedIndex, join(damaged)});
  return {};
}

}  // namespace busflow::backup
