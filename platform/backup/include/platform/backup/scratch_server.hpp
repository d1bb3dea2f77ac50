#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <platform/backup/postgres_tools.hpp>
#include <platform/backup/problem.hpp>
#include <platform/postgres/connection.hpp>
#include <platform/process/child.hpp>
#include <platform/process/output.hpp>

namespace busflow::backup {

/// A PostgreSQL server of our own, for one restore: on a Unix socket only, with durability switched off. It and its
/// files go with this object. A process that was killed leaves its files; the next one that uses the same folder
/// removes them.
class ScratchServer {
 public:
  /// Loads pg_cron where it is installed, because it must be there from the start; its jobs never run.
  static Outcome<std::unique_ptr<ScratchServer>> start(const Context& context, const PostgresTools& tools,
                                                       const std::filesystem::path& work_folder);
  ~ScratchServer();
  ScratchServer(const ScratchServer&) = delete;
  ScratchServer& operator=(const ScratchServer&) = delete;

  /// As superuser.
  postgres::ConnectionOptions options(std::string database) const;
  Outcome<std::unique_ptr<postgres::Connection>> connect(std::string database) const;
  const std::filesystem::path& folder() const { return folder_; }
  /// The end of the server's log, for errors.
  std::string log_end() const;

  /// The account that server programs run under: never root.
  static std::string account();

 private:
  ScratchServer(std::filesystem::path folder, std::unique_ptr<process::Collector> log, process::Child server)
      : folder_(std::move(folder)), log_(std::move(log)), server_(std::move(server)) {}

  std::filesystem::path folder_;
  std::unique_ptr<process::Collector> log_;  // Before the server: it waits for the end of what the server writes.
  process::Child server_;
};

/// Free bytes on the disk of the folder.
Outcome<std::uint64_t> free_bytes(const std::filesystem::path& folder);

}  // namespace busflow::backup
