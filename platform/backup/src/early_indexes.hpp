#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <platform/backup/postgres_tools.hpp>
#include <platform/backup/problem.hpp>
#include <platform/backup/restore_errors.hpp>

namespace busflow::backup {

/// Builds the indexes of a large table while the data of the next one is still being read, on the processor that a
/// single COPY leaves idle. pg_restore does so only from a file it can seek in. What it did not come to is left to the
/// restore of what comes after the data.
///
/// Only indexes on plain columns and primary or unique keys: whatever may look at other tables waits for their data.
class EarlyIndexes {
 public:
  /// References must outlive it. `head` is a file with the dump's table of contents. `tables`: "schema.table".
  static Outcome<std::unique_ptr<EarlyIndexes>> make(const Context& context, const PostgresTools& tools,
                                                     const postgres::ConnectionOptions& target, RestoreErrors& errors,
                                                     int head, const std::set<std::string, std::less<>>& tables);
  ~EarlyIndexes();
  EarlyIndexes(const EarlyIndexes&) = delete;
  EarlyIndexes& operator=(const EarlyIndexes&) = delete;

  /// A line that pg_restore --verbose printed: when a table begins, the one before it is complete. From any thread.
  void take_line(std::string_view line);
  /// Waits for what is being built, begins nothing more, and returns the entries that are left, as pg_restore
  /// --use-list reads them.
  std::string finish();

 private:
  EarlyIndexes(const Context& context, const PostgresTools& tools, const postgres::ConnectionOptions& target,
               RestoreErrors& errors, int head)
      : context_(context), tools_(tools), target_(target), errors_(errors), head_(head) {}
  Outcome<void> read_entries(const std::set<std::string, std::less<>>& tables);
  void build(const std::stop_token& stop);
  void build_table(const std::vector<std::string>& lines);

  const Context& context_;
  const PostgresTools& tools_;
  const postgres::ConnectionOptions& target_;
  RestoreErrors& errors_;
  int head_;
  std::vector<std::string> entries_;                                       ///< Lines of pg_restore --list, in order.
  std::map<std::string, std::vector<std::string>, std::less<>> by_table_;  ///< Those of each table.
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::string current_;               ///< The table whose data is being read.
  std::deque<std::string> complete_;  ///< Tables that wait for the builder.
  std::set<std::string> built_;       ///< Lines that were given to pg_restore.
  std::jthread builder_;
};

}  // namespace busflow::backup
