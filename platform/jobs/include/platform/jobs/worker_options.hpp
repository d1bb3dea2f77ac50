#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include <platform/base/error.hpp>
#include <platform/jobs/job.hpp>
#include <platform/redis/client.hpp>

namespace busflow::jobs {

/// At most so many jobs of the queue in that time, over all its workers.
struct RateLimit {
  int jobs = 0;
  std::chrono::milliseconds per{1000};
};

/// How long to wait before the next attempt, of a job whose options name this strategy; nothing: no further attempt.
using BackoffStrategy =
    std::function<std::optional<std::chrono::milliseconds>(const Job& job, int attempts_made, const Error& error)>;

struct WorkerOptions {
  redis::Options redis;
  std::string prefix = "bull";
  std::string queue;
  std::string name{};           ///< Stands in the jobs it takes. Empty: a UUID.
  std::size_t concurrency = 4;  ///< Jobs at a time.
  std::chrono::milliseconds lock_duration{
      30000};  ///< A job whose worker gave no sign of life for so long may go to another. Renewed at half of it.
  std::chrono::milliseconds stalled_interval{30000};  ///< How often such jobs are looked for.
  int max_stalled = 1;                                ///< A job that was found stalled more often fails.
  std::chrono::milliseconds longest_wait{5000};       ///< Upper limit of one blocking wait for work.
  std::chrono::milliseconds job_timeout{0};           ///< Deadline in the handler's Context; 0: none.
  std::optional<RateLimit> rate_limit{};
  int metrics_minutes = 0;  ///< Counts of ended jobs per minute, kept in Redis for so long; 0: none.
  bool has_groups = false;  ///< Jobs may be in groups: costs a script more per round trip.
  std::map<std::string, BackoffStrategy> backoff_strategies{};
};

}  // namespace busflow::jobs
