#pragma once

#include <filesystem>
#include <string>

#include <sys/types.h>

#include <platform/postgres/connection_options.hpp>

namespace busflow::testkit {

/// A private PostgreSQL server for one test executable: a fresh cluster in a temporary folder, reachable by socket
/// only, not durable (fsync off). Ends with the process, also when that is killed. Throws when PostgreSQL cannot be
/// had: tests fail, never skip.
class TestCluster {
 public:
  /// The one of this process, started at first use and stopped at exit.
  static TestCluster& instance();

  ~TestCluster();
  TestCluster(const TestCluster&) = delete;
  TestCluster& operator=(const TestCluster&) = delete;

  /// Ends the server as `pg_ctl restart -m fast` does, and starts it again on the same data.
  void restart();

  postgres::ConnectionOptions options(const std::string& user, const std::string& database) const;
  /// A number that no other database of this cluster has had.
  int next_number() { return ++number_; }

 private:
  TestCluster();
  void start();

  std::filesystem::path directory_;
  pid_t server_ = 0;
  int number_ = 0;
};

}  // namespace busflow::testkit
