#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include <platform/jobs/queue.hpp>
#include <platform/jobs/worker.hpp>
#include <platform/redis_testkit/test_redis.hpp>

namespace busflow::jobs {

/// A handler that only looks at the job.
inline Handler plain(std::function<Result<json::Value>(const Job&)> handle) {
  return [handle = std::move(handle)](Attempt& attempt) { return Outcome::of(handle(attempt.job)); };
}

/// A Redis of its own, and what works on its queue "sample".
class JobsTest : public testing::Test {
 protected:
  WorkerOptions options(std::size_t concurrency = 2) {
    return {.redis = server_.options(),
            .queue = "sample",
            .concurrency = concurrency,
            .lock_duration = std::chrono::milliseconds(400),
            .stalled_interval = std::chrono::milliseconds(200),
            .longest_wait = std::chrono::milliseconds(100)};
  }
  WorkerParts parts() { return {clock_, identifiers_, logger_, metrics_}; }
  std::unique_ptr<Worker> start(WorkerOptions options, Handler handler) {
    auto worker = std::make_unique<Worker>(std::move(options), std::move(handler), parts());
    worker->start();
    return worker;
  }
  std::unique_ptr<Worker> start(std::function<Result<json::Value>(const Job&)> handle, std::size_t concurrency = 2) {
    return start(options(concurrency), plain(std::move(handle)));
  }
  /// Waits for a condition; a test that waits in vain fails.
  static void eventually(const std::function<bool()>& condition) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), until);
      std::this_thread::yield();
    }
  }
  std::string field(const std::string& id, const std::string& name) {
    redis::Client client(server_.options());
    const auto reply = client.command({"HGET", "bull:sample:" + id, name});
    return reply->is_nil() ? "" : reply->text();
  }

  testkit::TestRedis server_;
  SystemClock clock_;
  RandomIdentifierSource identifiers_;
  telemetry::Logger logger_{"test", telemetry::Level::kError, [](std::string_view) {}};
  telemetry::Metrics metrics_;
  QueueClient queue_{server_.options(), "bull", clock_};
};

}  // namespace busflow::jobs
