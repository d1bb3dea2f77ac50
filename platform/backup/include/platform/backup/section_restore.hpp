#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include <platform/backup/dump_stream.hpp>
#include <platform/backup/manifest.hpp>
#include <platform/backup/postgres_tools.hpp>
#include <platform/backup/problem.hpp>
#include <platform/backup/restore_errors.hpp>
#include <platform/postgres/connection.hpp>
#include <platform/process/descriptor.hpp>

namespace busflow::backup {

class EarlyIndexes;

/// How far the download is, in bytes.
using OnProgress = std::function<void(std::uint64_t bytes)>;

/// Restores a dump section by section from one download, without a copy on disk and in constant memory: pg_restore
/// reads only the table of contents for the sections before and after the data, so what it read of the stream for the
/// first one is kept in a file and given to the others.
///
/// Errors that pg_restore reports go to `errors`; the outcome is a failure only where nothing more can be done.
/// Use by one thread; call the sections in order.
class SectionRestore {
 public:
  /// All references must outlive it. A file without a name is made in `head_folder`. `jobs` for indexes and
  /// constraints.
  SectionRestore(const Context& context, const PostgresTools& tools, const postgres::ConnectionOptions& target,
                 DumpStream& stream, RestoreErrors& errors, std::filesystem::path head_folder, int jobs,
                 OnProgress progress);

  ~SectionRestore();
  SectionRestore(const SectionRestore&) = delete;
  SectionRestore& operator=(const SectionRestore&) = delete;

  Outcome<void> before_data();
  /// Between the two: the tables ("schema.table") that are large enough for their indexes to be built while the data of
  /// the next is read.
  Outcome<void> build_early(const std::set<std::string, std::less<>>& tables);
  /// Reads the stream to its end.
  Outcome<void> data();
  Outcome<void> after_data();

  /// Instead of the sections, for plain text: through psql, which is told to obey no commands of its own in the text
  /// (\restrict), because a dump is not code that we trust. Reads the stream to its end.
  Outcome<void> plain_text();

 private:
  class Consumer;
  process::Command restore_command(std::string_view section) const;
  Outcome<void> judge(Consumer& consumer);

  const Context& context_;
  const PostgresTools& tools_;
  const postgres::ConnectionOptions& target_;
  DumpStream& stream_;
  RestoreErrors& errors_;
  std::filesystem::path head_folder_;
  process::Descriptor head_;  ///< What was read of the stream before the data.
  std::unique_ptr<EarlyIndexes> early_;
  int jobs_;
  OnProgress progress_;
};

/// The tables with enough rows for build_early().
std::set<std::string, std::less<>> large_tables(const Manifest& manifest);

/// Creates what a dump needs and does not bring: the roles of its source, without passwords. Those that are there stay
/// as they are. `with_rights`: with LOGIN, CREATEROLE and so on, but never SUPERUSER; else as mere names.
Outcome<void> create_roles(postgres::Connection& connection, const Manifest& manifest, bool with_rights);

/// Creates the extensions of the dump before its tables, which may use their types. Those that this server does not
/// have are returned.
Outcome<std::vector<std::string>> create_extensions(postgres::Connection& connection, const Manifest& manifest);

}  // namespace busflow::backup
