#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <platform/backup/problem.hpp>
#include <platform/base/clock.hpp>

namespace busflow::backup {

struct TableRows {
  std::string schema;
  std::string name;
  std::int64_t rows = 0;
};

struct SequenceState {
  std::string schema;
  std::string name;
  std::int64_t last_value = 0;
  bool is_called = false;
};

struct ExtensionVersion {
  std::string name;
  std::string version;
};

/// A role without its password, and what it is a member of.
struct RoleState {
  std::string name;
  bool login = false;
  bool inherit = true;
  bool create_role = false;
  bool create_database = false;
  bool bypass_row_security = false;
  bool replication = false;
  bool superuser = false;
  std::vector<std::string> member_of;
};

/// What a dump holds, written beside it when it is complete: the dump is committed by it, and judged by it later.
/// Counts are of the same snapshot as the dump.
struct Manifest {
  std::string name;     ///< "pg_dump_20260501_0200.dump".
  std::string class_;   ///< "regular" or "pre-cutover".
  std::string cadence;  ///< See find_cadence().
  std::string format;   ///< "custom" or "plain".
  std::string sha256;   ///< In lower-case hexadecimal.
  std::uint64_t bytes = 0;
  WallTime created{};
  std::string producer;        ///< "root@worker-1".
  std::string server_version;  ///< "17.5".
  int server_major = 0;
  std::string dump_version;  ///< Of pg_dump.
  std::string database;
  std::string encoding;
  std::string collation;
  std::uint64_t database_bytes = 0;  ///< Its size in the server: what a restore needs.
  std::vector<std::string> schemas;
  std::vector<ExtensionVersion> extensions;
  std::vector<RoleState> roles;
  std::vector<TableRows> tables;
  std::vector<SequenceState> sequences;
  std::int64_t large_objects = 0;
};

std::string write_manifest(const Manifest& manifest);
/// kBadManifest names the field.
Outcome<Manifest> read_manifest(std::string_view text);

}  // namespace busflow::backup
