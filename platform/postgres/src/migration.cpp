#include <platform/postgres/migration.hpp>

#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>

#include <platform/crypto/digest.hpp>
#include <platform/postgres/connection.hpp>
#include <platform/postgres/roles.hpp>

namespace busflow::postgres {
namespace {

constexpr const char* kLedger = R"sql(
  CREATE SCHEMA IF NOT EXISTS busflow_migrations;
  CREATE TABLE IF NOT EXISTS busflow_migrations.applied (
    context text NOT NULL,
    number integer NOT NULL,
    file text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    duration_ms bigint NOT NULL,
    PRIMARY KEY (context, number))
)sql";

// Any number will do, so long as nothing else in this database uses it.
constexpr Statement kLock{"migration.lock", "SELECT pg_advisory_lock(6286172)"};
constexpr Statement kSelectApplied{
    "migration.applied",
    "SELECT number, file, checksum FROM busflow_migrations.applied WHERE context = $1 ORDER BY number"};
constexpr Statement kInsertApplied{"migration.insert",
                                   "INSERT INTO busflow_migrations.applied (context, number, file, checksum, "
                                   "duration_ms) VALUES ($1, $2::int, $3, $4, $5::bigint)"};

struct Migration {
  int number;
  const EmbeddedFile* file;
};

int parse_number(std::string_view text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

Result<std::vector<Migration>> numbered(const MigrationSet& set) {
  std::vector<Migration> migrations;
  for (const auto& file : set.files) {
    const auto name = base_name(file.path);
    if (name.size() < 10 || name[4] != '_' || !name.ends_with(".sql") || parse_number(name.substr(0, 4)) <= 0) {
      return fail(ErrorName::kMigrationChanged, fmt::format("{}: '{}' is not named NNNN_name.sql", set.context, name));
    }
    migrations.push_back({parse_number(name.substr(0, 4)), &file});
  }
  std::ranges::sort(migrations, {}, &Migration::number);
  for (std::size_t i = 0; i < migrations.size(); ++i) {
    if (migrations[i].number != static_cast<int>(i) + 1) {
      return fail(ErrorName::kMigrationChanged,
                  fmt::format("{}: expected migration {:04} but found '{}'; numbers start at 0001 and have no gaps",
                              set.context, i + 1, base_name(migrations[i].file->path)));
    }
  }
  return migrations;
}

/// PostgreSQL counts characters from 1.
int line_of(std::string_view text, int position) {
  const auto end = std::min(text.size(), static_cast<std::size_t>(std::max(0, position - 1)));
  return 1 + static_cast<int>(std::ranges::count(text.substr(0, end), '\n'));
}

Result<AppliedMigration> apply(Connection& connection, const std::string& context, const Migration& migration) {
  const auto name = std::string(base_name(migration.file->path));
  const auto start = std::chrono::steady_clock::now();
  BUSFLOW_CHECK(connection.run("BEGIN"));
  if (auto done = connection.run(std::string(migration.file->text)); !done) {
    const int position = connection.last_error_position();
    const auto place = position > 0 ? fmt::format("{}/{}:{}", context, name, line_of(migration.file->text, position))
                                    : fmt::format("{}/{}", context, name);
    (void)connection.run("ROLLBACK");
    return fail(ErrorName::kMigrationFailed, fmt::format("{}: {}", place, done.error().message()));
  }
  const auto duration = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
  BUSFLOW_CHECK(
      connection.execute(kInsertApplied, {context, std::to_string(migration.number), name,
                                          crypto::sha256_hex(migration.file->text), std::to_string(duration.count())}));
  BUSFLOW_CHECK(connection.run("COMMIT"));
  return AppliedMigration{context, migration.number, name, duration};
}

/// How many of the set's migrations are in place already; an error when they are not the ones we have.
Result<std::size_t> verify_applied(Connection& connection, const MigrationSet& set,
                                   std::span<const Migration> migrations) {
  BUSFLOW_TRY(const Rows rows, connection.execute(kSelectApplied, {set.context}));
  if (rows.size() > migrations.size()) {
    return fail(
        ErrorName::kMigrationChanged,
        fmt::format(
            "{}: migration '{}' was applied to this database, but this program does not have it; run a newer version",
            set.context, rows.text(migrations.size(), "file")));
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto name = base_name(migrations[i].file->path);
    if (rows.text(i, "file") != name || rows.text(i, "checksum") != crypto::sha256_hex(migrations[i].file->text)) {
      return fail(ErrorName::kMigrationChanged, fmt::format("{}: '{}' was applied as '{}' and has been changed since",
                                                            set.context, name, rows.text(i, "file")));
    }
  }
  return rows.size();
}

}  // namespace

Result<std::vector<AppliedMigration>> migrate(const ConnectionOptions& owner, std::span<const MigrationSet> sets,
                                              const MigrationProgress& progress) {
  BUSFLOW_TRY(const auto connection, Connection::open(owner));
  BUSFLOW_CHECK(connection->execute(kLock));  // held until the connection closes
  std::vector<std::string> contexts;
  for (const auto& set : sets) contexts.push_back(set.context);
  BUSFLOW_CHECK(ensure_roles(*connection, contexts));
  BUSFLOW_CHECK(connection->run(kLedger));

  std::vector<AppliedMigration> applied;
  for (const auto& set : sets) {
    BUSFLOW_TRY(const auto migrations, numbered(set));
    BUSFLOW_TRY(const auto done, verify_applied(*connection, set, migrations));
    for (std::size_t i = done; i < migrations.size(); ++i) {
      BUSFLOW_TRY(auto one, apply(*connection, set.context, migrations[i]));
      if (progress) progress(one);
      applied.push_back(std::move(one));
    }
  }
  return applied;
}

}  // namespace busflow::postgres
