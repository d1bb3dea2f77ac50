#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include <platform/base/clock.hpp>
#include <platform/jobs/worker_options.hpp>
#include <platform/redis/client.hpp>
#include <platform/telemetry/logger.hpp>

namespace busflow::jobs {

/// Renews the locks of the jobs in hand, on a thread and a connection of its own: a busy handler delays no renewal.
class LockKeeper {
 public:
  LockKeeper(const WorkerOptions& options, const Clock& clock, telemetry::Logger logger);
  ~LockKeeper();

  void start();
  void stop();

  /// From now on the lock is renewed. The token is stopped when it is lost.
  std::stop_token hold(const std::string& id, const std::string& token);
  void release(const std::string& token);

 private:
  struct Lock {
    std::string id;
    std::stop_source loss{};
    SteadyTime renewed{};
  };

  void run(const std::stop_token& stop);
  void renew(redis::Client& client);
  void lose(const std::string& token);

  const WorkerOptions& options_;
  const Clock& clock_;
  telemetry::Logger logger_;
  std::mutex mutex_;
  std::map<std::string, Lock> held_;  ///< By token.
  std::jthread thread_;
};

}  // namespace busflow::jobs
