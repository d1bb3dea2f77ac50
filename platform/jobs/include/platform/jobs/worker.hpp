#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/jobs/job.hpp>
#include <platform/redis/client.hpp>
#include <platform/telemetry/logger.hpp>
#include <platform/telemetry/metrics.hpp>

namespace busflow::jobs {

struct WorkerOptions {
  redis::Options redis;
  std::string prefix = "bull";
  std::string queue;
  std::size_t concurrency = 4;
  std::chrono::milliseconds lock_duration{
      30000};  ///< A job whose worker gave no sign of life for so long may go to another.
  std::chrono::milliseconds stalled_interval{30000};  ///< How often such jobs are looked for.
  std::chrono::milliseconds longest_wait{
      1000};  ///< Upper limit of one blocking wait, hence of the time a stop takes when idle.
};

/// Runs the jobs of one queue on its own threads, at least once each: locks are renewed while a handler runs; a job
/// whose worker was killed is run again by another once its lock has run out. A failed attempt is repeated as the job's
/// options say; a fault (an exception) counts as a failed attempt.
class Worker {
 public:
  using Handler = std::function<Result<json::Value>(const Job&)>;

  Worker(WorkerOptions options, Handler handler, const Clock& clock, telemetry::Logger logger,
         telemetry::Metrics& metrics);
  ~Worker();

  void start();
  /// Takes no further job, finishes those in hand, joins. Idempotent.
  void stop();

 private:
  void process(std::size_t number, const std::stop_token& stop);
  void maintain(const std::stop_token& stop);
  void run_job(redis::Client& client, const Job& job, const std::string& token);
  Result<json::Value> attempt(const Job& job) const;
  void report_trouble(const Error& error, bool& in_trouble) const;

  WorkerOptions options_;
  Handler handler_;
  const Clock& clock_;
  telemetry::Logger logger_;
  prometheus::Counter& completed_;
  prometheus::Counter& failed_;
  prometheus::Counter& retried_;
  prometheus::Counter& stalled_;
  std::string name_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::string> held_;  ///< Job id → token.
  std::vector<std::jthread> threads_;
};

}  // namespace busflow::jobs
