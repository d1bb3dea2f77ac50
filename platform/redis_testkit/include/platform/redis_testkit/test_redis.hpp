#pragma once

#include <filesystem>

#include <sys/types.h>

#include <platform/redis/client.hpp>

namespace busflow::testkit {

/// A private Redis on a Unix socket in a temporary folder, with an append-only file so that a restart keeps the data.
/// Ends with the process. Throws when redis-server cannot be had: tests fail, never skip.
class TestRedis {
 public:
  TestRedis();
  ~TestRedis();
  TestRedis(const TestRedis&) = delete;
  TestRedis& operator=(const TestRedis&) = delete;

  redis::Options options() const;
  /// SIGKILL, as a crash does.
  void kill();
  void start();
  /// SIGSTOP: it keeps its connections and answers nobody, as on a host that is out of memory.
  void pause();
  void resume();

 private:
  std::filesystem::path directory_;
  pid_t server_ = 0;
};

}  // namespace busflow::testkit
