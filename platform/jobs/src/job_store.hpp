#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/jobs/job.hpp>
#include <platform/jobs/worker_options.hpp>
#include <platform/redis/client.hpp>

#include "keys.hpp"

namespace busflow::jobs {

/// What a script gave to a worker that asked for work.
struct Taken {
  std::optional<Job> job{};
  std::chrono::milliseconds rate_limited{0};  ///< Ask again after so long.
  std::optional<WallTime> next_due{};         ///< Of the next delayed job.
};

/// How an attempt ended, for the scripts.
struct Ending {
  const Job& job;
  const std::string& token;
  bool take_next = true;  ///< In the same round trip.
};

/// A worker's side of the protocol on one connection: one method per step. Use by one thread at a time.
class JobStore {
 public:
  JobStore(redis::Client& client, const WorkerOptions& options);

  Result<Taken> take(const std::string& token, WallTime now);
  Result<Taken> complete(const Ending& ending, const std::string& return_value, WallTime now);
  Result<Taken> give_up(const Ending& ending, const std::string& reason, WallTime now);
  Result<Taken> retry(const Ending& ending, const std::string& reason, std::chrono::milliseconds delay, WallTime now);
  /// Puts the job off without counting an attempt.
  Result<Taken> postpone(const Ending& ending, std::chrono::milliseconds delay, WallTime now);
  /// Puts the job back at the head of the queue without counting an attempt.
  Result<void> give_back(const Job& job, const std::string& token);
  /// Whether it waits now; false: its children were all done, go on.
  Result<bool> wait_for_children(const Job& job, const std::string& token, WallTime now);
  /// Nobody takes a job of this queue for so long.
  Result<void> limit_rate(std::chrono::milliseconds time);

  /// The ids of those whose lock is lost.
  Result<std::vector<std::string>> extend_locks(const std::vector<std::string>& ids,
                                                const std::vector<std::string>& tokens);
  /// The ids of jobs that were taken back from dead workers; at most once per interval over all workers.
  Result<std::vector<std::string>> recover_stalled(WallTime now);
  Result<void> feed_groups(WallTime now);
  /// Blocks until there may be work. The score of the marker: when.
  Result<std::optional<WallTime>> wait(std::chrono::milliseconds longest);

 private:
  Result<Taken> finish(const Ending& ending, const char* state, const std::string& value, WallTime now);
  json::Object take_options(const std::string& token) const;
  redis::ScriptCall take_call(const std::string& token, WallTime now) const;
  Result<Taken> run(redis::ScriptCall call, const Ending& ending, WallTime now);
  Result<Taken> read_taken(const redis::Reply& reply) const;

  redis::Client& client_;
  const WorkerOptions& options_;
  Keys keys_;
};

}  // namespace busflow::jobs
