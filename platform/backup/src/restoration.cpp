#include <platform/backup/restoration.hpp>

#include <date/date.h>
#include <fmt/format.h>

#include <platform/postgres/identifier.hpp>

#include "row_counts.hpp"

namespace busflow::backup {
namespace {

using postgres::quote_identifier;
using postgres::quote_literal;

Outcome<postgres::Rows> query(postgres::Connection& connection, const std::string& sql) {
  auto rows = connection.run(sql);
  if (!rows) return found(Problem::kServerFailed, fmt::format("{}: {}", sql, connection.last_failure().message));
  return std::move(*rows);
}

}  // namespace

Restoration::Restoration(const Context& context, const object_store::ObjectStore& store, RestorationOptions options)
    : context_(context), store_(store), options_(std::move(options)) {}

Restoration::~Restoration() = default;

std::string Restoration::working_database() const { return options_.target.database + "_restoring"; }

Outcome<std::unique_ptr<postgres::Connection>> Restoration::connect(std::string database) const {
  auto options = options_.target;
  options.database = std::move(database);
  BUSFLOW_TRY(auto connection, postgres::Connection::open(options));
  return connection;
}

Outcome<void> Restoration::choose() {
  BUSFLOW_TRY(tolerated_, read_tolerated_errors(options_.tolerated_error_file));
  BUSFLOW_TRY(const auto catalogue, read_catalogue(store_, context_));
  std::string name = options_.name;
  if (name == "latest-verified") {
    BUSFLOW_TRY(const auto verified, read_verified(store_, context_, catalogue));
    if (!verified) return found(Problem::kNoDump, fmt::format("{} has no verified dump", store_.describe()));
    name = verified->name;
  } else if (name == "latest") {
    const auto dumps = catalogue.committed(kRegular);
    if (dumps.empty()) return found(Problem::kNoDump, fmt::format("{} has none", store_.describe()));
    name = dumps.back().name;
  }
  const auto dump = catalogue.find(name);
  if (!dump) return found(Problem::kNoDump, fmt::format("{} has no committed {}", store_.describe(), name));
  dump_ = *dump;
  BUSFLOW_TRY(manifest_, fetch_manifest(store_, context_, dump_));
  if (dump_.bytes != manifest_.bytes)
    return found(Problem::kLengthDiffers,
                 fmt::format("{} has {} bytes, its manifest says {}", dump_.name, dump_.bytes, manifest_.bytes));
  return {};
}

Outcome<void> Restoration::prepare() {
  BUSFLOW_TRY(server_, connect("postgres"));
  BUSFLOW_TRY(const auto version, query(*server_, "SELECT current_setting('server_version_num')::int / 10000"));
  const int major = static_cast<int>(version.integer(0, std::size_t{0}));
  if (major < manifest_.server_major)
    return found(Problem::kNewerFormat,
                 fmt::format("the target is PostgreSQL {}, the dump is of {}", major, manifest_.server_version));
  BUSFLOW_TRY(tools_, find_postgres_tools(context_, major, options_.postgres_bin));
  // The server itself is what two restores would fight over; its lock ends with the connection, however that ends.
  BUSFLOW_TRY(const auto lock, query(*server_, fmt::format("SELECT pg_try_advisory_lock(hashtext({}))",
                                                           quote_literal(working_database()))));
  if (lock.text(0, std::size_t{0}) != "t")
    return found(Problem::kLocked, fmt::format("another restore into {} is at work", options_.target.describe()));
  BUSFLOW_TRY(const auto there,
              query(*server_, "SELECT FROM pg_database WHERE datname = " + quote_literal(options_.target.database)));
  target_exists_ = !there.empty();
  if (target_exists_ && !options_.replace) {
    BUSFLOW_TRY(const auto target, connect(options_.target.database));
    BUSFLOW_TRY(const auto tables,
                query(*target,
                      "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE relkind IN "
                      "('r', 'p') AND nspname <> 'information_schema' AND nspname !~ '^pg_'"));
    if (const auto count = tables.integer(0, std::size_t{0}); count > 0)
      return found(Problem::kTargetNotEmpty, fmt::format("{} has {} tables", options_.target.describe(), count));
  }
  // What a killed run left: only such a run makes a database of this name.
  BUSFLOW_CHECK(
      query(*server_, fmt::format("DROP DATABASE IF EXISTS {} WITH (FORCE)", quote_identifier(working_database()))));
  BUSFLOW_CHECK(query(*server_, fmt::format("CREATE DATABASE {} TEMPLATE template0 ENCODING {}",
                                            quote_identifier(working_database()), quote_literal(manifest_.encoding))));
  return {};
}

Outcome<void> Restoration::restore_before_data(OnProgress progress) {
  BUSFLOW_TRY(const auto connection, connect(working_database()));
  BUSFLOW_CHECK(create_roles(*connection, manifest_, true));
  BUSFLOW_TRY(summary_.missing_extensions, create_extensions(*connection, manifest_));
  working_ = options_.target;
  working_.database = working_database();
  errors_ = std::make_unique<RestoreErrors>(tolerated_);
  BUSFLOW_TRY(stream_, DumpStream::open(store_, context_, dump_.key()));
  restore_ = std::make_unique<SectionRestore>(context_, tools_, working_, *stream_, *errors_, options_.work_folder,
                                              options_.jobs, std::move(progress));
  if (manifest_.format == "plain") return {};
  BUSFLOW_CHECK(judge(restore_->before_data()));
  if (const auto tables = large_tables(manifest_); !tables.empty()) return restore_->build_early(tables);
  return {};
}

Outcome<void> Restoration::restore_data() {
  BUSFLOW_CHECK(judge(manifest_.format == "plain" ? restore_->plain_text() : restore_->data()));
  if (stream_->bytes() != manifest_.bytes)
    return found(Problem::kSourceBroke, fmt::format("{} of {} bytes came", stream_->bytes(), manifest_.bytes));
  if (const auto sha256 = stream_->sha256(); sha256 != manifest_.sha256)
    return found(Problem::kChecksumDiffers,
                 fmt::format("{} is {}, its manifest says {}", dump_.name, sha256, manifest_.sha256));
  return {};
}

Outcome<void> Restoration::restore_after_data() {
  if (manifest_.format != "plain") BUSFLOW_CHECK(judge(restore_->after_data()));
  summary_.tolerated_errors = errors_->tolerated();
  return {};
}

Outcome<void> Restoration::judge(const Outcome<void>& restored) {
  if (!errors_->fatal().empty()) return std::unexpected(errors_->failure());
  return restored;
}

Outcome<void> Restoration::analyze() {
  BUSFLOW_TRY(const auto connection, connect(working_database()));
  BUSFLOW_CHECK(query(*connection, "ANALYZE"));
  BUSFLOW_TRY(
      const auto schemas,
      query(*connection,
            "SELECT nspname FROM pg_namespace WHERE nspname <> 'information_schema' AND nspname !~ '^pg_' ORDER BY 1"));
  for (std::size_t row = 0; row < schemas.size(); ++row)
    summary_.schemas.emplace_back(schemas.text(row, std::size_t{0}));
  for (const auto& table : manifest_.tables) {
    BUSFLOW_TRY(const auto counted, query(*connection, count_statement(table.schema, table.name)));
    const auto rows = counted.integer(0, std::size_t{0});
    if (rows != table.rows)
      return found(Problem::kRowsDiffer,
                   fmt::format("{}.{} has {} rows, its source had {}", table.schema, table.name, rows, table.rows));
    summary_.rows += rows;
    ++summary_.tables;
  }
  BUSFLOW_TRY(const auto counts,
              query(*connection,
                    "SELECT (SELECT count(*) FROM pg_largeobject_metadata), (SELECT count(*) FROM pg_class c JOIN "
                    "pg_namespace n ON n.oid = c.relnamespace WHERE relkind IN ('i', 'I') AND nspname !~ '^pg_')"));
  summary_.large_objects = counts.integer(0, std::size_t{0});
  summary_.indexes = counts.integer(0, std::size_t{1});
  return {};
}

Outcome<void> Restoration::rename() {
  const auto name = quote_identifier(options_.target.database);
  if (target_exists_) {
    const std::string kept =
        fmt::format("{}_before_{}", options_.target.database,
                    date::format("%Y%m%d_%H%M%S", std::chrono::floor<std::chrono::seconds>(context_.clock.now())));
    // Whoever is connected would keep it from being renamed; nobody new gets in between.
    BUSFLOW_CHECK(query(*server_, fmt::format("ALTER DATABASE {} ALLOW_CONNECTIONS false", name)));
    BUSFLOW_CHECK(query(*server_, "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = " +
                                      quote_literal(options_.target.database)));
    BUSFLOW_CHECK(query(*server_, fmt::format("ALTER DATABASE {} RENAME TO {}", name, quote_identifier(kept))));
    BUSFLOW_CHECK(query(*server_, fmt::format("ALTER DATABASE {} ALLOW_CONNECTIONS true", quote_identifier(kept))));
    summary_.kept_database = kept;
  }
  BUSFLOW_CHECK(
      query(*server_, fmt::format("ALTER DATABASE {} RENAME TO {}", quote_identifier(working_database()), name)));
  return {};
}

}  // namespace busflow::backup
