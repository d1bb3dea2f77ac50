#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include <platform/backup/problem.hpp>

/// The files under config/backup-verify: what people decided to tolerate, each with an owner and an end. Unknown keys,
/// missing keys and wrong types are kBadAllowList with the file and line; nothing is skipped.
namespace busflow::backup {

/// "schema.table.column".
struct ColumnName {
  std::string schema;
  std::string table;
  std::string column;

  std::string text() const { return schema + "." + table + "." + column; }
  friend auto operator<=>(const ColumnName&, const ColumnName&) = default;
};

/// A reference between contexts that no foreign key guards, and how many of its rows may point at nothing.
struct SoftReference {
  ColumnName parent;
  ColumnName child;
  std::int64_t max_orphans = 0;
  std::string owner;
  std::chrono::sys_days expires;
};

/// An error of the restore that says nothing about the dump.
struct ToleratedError {
  std::string pattern;
  std::regex expression;  ///< Of pattern; matches anywhere in the message.
  std::string reason;
  std::string owner;
  std::chrono::sys_days expires;
};

struct ApplicationQuery {
  std::string sql;
  std::int64_t minimum = 1;  ///< Of the number it returns.
};

struct ProbeSettings {
  std::vector<std::string> required_schemas;
  std::optional<ApplicationQuery> application_query;
};

Outcome<std::vector<SoftReference>> read_soft_references(const std::string& file);
Outcome<std::vector<ToleratedError>> read_tolerated_errors(const std::string& file);
Outcome<ProbeSettings> read_probe_settings(const std::string& file);

}  // namespace busflow::backup
