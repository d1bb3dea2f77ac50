#include <algorithm>
#include <map>
#include <optional>

#include <date/date.h>
#include <fmt/format.h>

#include <platform/backup/probes.hpp>
#include <platform/postgres/identifier.hpp>

#include "row_counts.hpp"

namespace busflow::backup {
namespace {

using postgres::quote_identifier;

/// Columns "x_id" without a foreign key and the table "x", "xs", "xes" or "…ies" in another schema whose key has the
/// same type; and foreign keys of one column that were never validated, which hold no better.
constexpr std::string_view kCandidates = R"sql(
WITH keys AS (
  SELECT n.nspname, r.relname, a.attname, a.atttypid
  FROM pg_index i JOIN pg_class r ON r.oid = i.indrelid JOIN pg_namespace n ON n.oid = r.relnamespace
  JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = i.indkey[0]
  WHERE i.indisprimary AND i.indnkeyatts = 1 AND r.relkind IN ('r', 'p') AND NOT r.relispartition
    AND n.nspname NOT IN ('pg_catalog', 'information_schema')
), columns AS (
  SELECT n.nspname, r.relname, a.attname, a.atttypid, left(a.attname, -3) AS stem
  FROM pg_attribute a JOIN pg_class r ON r.oid = a.attrelid JOIN pg_namespace n ON n.oid = r.relnamespace
  WHERE r.relkind IN ('r', 'p') AND NOT r.relispartition AND a.attnum > 0 AND NOT a.attisdropped AND a.attname LIKE '%\_id'
    AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.contype = 'f' AND c.conrelid = r.oid AND a.attnum = ANY (c.conkey))
)
SELECT k.nspname, k.relname, k.attname, c.nspname, c.relname, c.attname
FROM columns c JOIN keys k ON k.atttypid = c.atttypid AND k.nspname <> c.nspname
  AND k.relname IN (c.stem, c.stem || 's', c.stem || 'es', left(c.stem, -1) || 'ies')
UNION
SELECT pn.nspname, p.relname, pa.attname, n.nspname, r.relname, a.attname
FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid JOIN pg_namespace n ON n.oid = r.relnamespace
JOIN pg_class p ON p.oid = c.confrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace
JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = c.conkey[1]
JOIN pg_attribute pa ON pa.attrelid = p.oid AND pa.attnum = c.confkey[1]
WHERE c.contype = 'f' AND NOT c.convalidated AND cardinality(c.conkey) = 1
ORDER BY 4, 5, 6)sql";

std::string table(const ColumnName& name) { return quote_identifier(name.schema) + "." + quote_identifier(name.table); }

Outcome<std::int64_t> count_orphans(postgres::Connection& connection, const ColumnName& parent,
                                    const ColumnName& child) {
  const auto rows = connection.run(fmt::format(
      "SELECT count(*) FROM {} c WHERE c.{} IS NOT NULL AND NOT EXISTS (SELECT FROM {} p WHERE p.{} = c.{})",
      table(child), quote_identifier(child.column), table(parent), quote_identifier(parent.column),
      quote_identifier(child.column)));
  if (!rows)
    return found(Problem::kBadAllowList,
                 fmt::format("{} -> {}: {}", child.text(), parent.text(), connection.last_failure().message));
  return rows->integer(0, std::size_t{0});
}

}  // namespace

Outcome<void> probe_soft_references(postgres::Connection& connection, const std::vector<SoftReference>& allowed,
                                    WallTime now, Report& report) {
  const auto rows = connection.run(std::string(kCandidates));
  if (!rows) return found(Problem::kServerFailed, connection.last_failure().message);
  std::map<std::pair<ColumnName, ColumnName>, std::int64_t>
      references;  // Child and parent; how many orphans are allowed.
  for (std::size_t row = 0; row < rows->size(); ++row) {
    const auto text = [&](std::size_t column) { return std::string(rows->text(row, column)); };
    references[{{text(3), text(4), text(5)}, {text(0), text(1), text(2)}}] = 0;
  }
  for (const SoftReference& entry : allowed)
    references[{entry.child, entry.parent}] = entry.expires > now ? entry.max_orphans : 0;
  std::vector<std::string> broken;
  std::int64_t tolerated = 0;
  for (const auto& [names, most] : references) {
    const auto& [child, parent] = names;
    const auto orphans = count_orphans(connection, parent, child);
    if (!orphans) {
      report.fail("soft references", orphans.error());
      return {};
    }
    if (*orphans > most)
      broken.push_back(fmt::format("{} has {} without {} ({} allowed)", child.text(), *orphans, parent.text(), most));
    else
      tolerated += *orphans;
  }
  if (broken.empty()) {
    report.pass("soft references", fmt::format("{} hold, {} orphans are allowed", references.size(), tolerated));
  } else {
    std::string detail = broken.front();
    for (std::size_t i = 1; i < broken.size(); ++i) detail += "; " + broken[i];
    report.fail("soft references", {Problem::kOrphans, detail});
  }
  return {};
}

void probe_allowances(const std::vector<SoftReference>& references, const std::vector<ToleratedError>& errors,
                      WallTime now, Report& report) {
  std::string expired;
  const auto look = [&](std::chrono::sys_days expires, const std::string& what, const std::string& owner) {
    if (expires > now) return;
    expired +=
        fmt::format("{}{} (owner {}) on {}", expired.empty() ? "" : "; ", what, owner, date::format("%F", expires));
  };
  for (const auto& entry : references) look(entry.expires, entry.child.text(), entry.owner);
  for (const auto& entry : errors) look(entry.expires, "'" + entry.pattern + "'", entry.owner);
  if (expired.empty())
    report.pass("allow-lists", fmt::format("{} entries, none expired", references.size() + errors.size()));
  else
    report.fail("allow-lists", {Problem::kExpiredAllowance, expired});
}

}  // namespace busflow::backup
