#pragma once

#include <memory>
#include <string>
#include <vector>

#include <platform/backup/catalogue.hpp>
#include <platform/backup/dump_stream.hpp>
#include <platform/backup/postgres_tools.hpp>
#include <platform/backup/restore_errors.hpp>
#include <platform/backup/section_restore.hpp>
#include <platform/postgres/connection.hpp>

namespace busflow::backup {

struct RestorationOptions {
  postgres::ConnectionOptions target;  ///< Its database is made by the restore.
  std::filesystem::path postgres_bin{};
  std::filesystem::path work_folder;
  std::string tolerated_error_file;
  std::string name;      ///< "latest", "latest-verified" or a dump's name.
  bool replace = false;  ///< A database that is there is kept under another name.
  int jobs = 2;
};

struct RestorationSummary {
  std::int64_t tables = 0;
  std::int64_t rows = 0;
  std::int64_t indexes = 0;
  std::int64_t large_objects = 0;
  std::vector<std::string> schemas;
  std::vector<std::string> missing_extensions;
  std::vector<std::string> tolerated_errors;
  std::string kept_database;  ///< What was there before, under its new name; empty: nothing was.
};

/// One restore into a server that is there: the steps of `busflowctl backup restore`, to be called in this order until
/// one fails. Everything happens in a database of another name, which takes the target's name at the very end: whoever
/// fails or is killed on the way has changed nothing, and the next run begins anew. Use by one thread.
class Restoration {
 public:
  Restoration(const Context& context, const object_store::ObjectStore& store, RestorationOptions options);
  ~Restoration();

  Outcome<void> choose();
  /// Refuses a target that is not empty, unless it is to be replaced.
  Outcome<void> prepare();
  Outcome<void> restore_before_data(OnProgress progress);
  Outcome<void> restore_data();
  Outcome<void> restore_after_data();
  /// ANALYZE, and counts what came back.
  Outcome<void> analyze();
  Outcome<void> rename();

  const Manifest& manifest() const { return manifest_; }
  std::uint64_t dump_bytes() const { return dump_.bytes; }
  const RestorationSummary& summary() const { return summary_; }

 private:
  std::string working_database() const;
  Outcome<std::unique_ptr<postgres::Connection>> connect(std::string database) const;
  Outcome<void> judge(const Outcome<void>& restored);

  const Context& context_;
  const object_store::ObjectStore& store_;
  RestorationOptions options_;
  std::vector<ToleratedError> tolerated_;
  StoredDump dump_;
  Manifest manifest_;
  PostgresTools tools_;
  std::unique_ptr<postgres::Connection> server_;  ///< To the database "postgres".
  bool target_exists_ = false;
  postgres::ConnectionOptions working_;
  std::unique_ptr<RestoreErrors> errors_;
  std::unique_ptr<DumpStream> stream_;
  std::unique_ptr<SectionRestore> restore_;
  RestorationSummary summary_;
};

}  // namespace busflow::backup
