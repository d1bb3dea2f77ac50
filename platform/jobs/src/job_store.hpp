#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/jobs/job.hpp>
#include <platform/jobs/worker_options.hpp>
#include <platform/redis/client.hpp>

#include "keys.hpp"

namespace busflow::jobs {

/// What the scripts gave to a worker that asked for work.
struct Taken {
  std::vector<Job> jobs{};                    ///< In the order of the tokens, not more than these.
  std::chrono::milliseconds rate_limited{0};  ///< Ask again after so long.
  std::optional<WallTime> next_due{};         ///< Of the next delayed job.
  bool may_be_more = false;                   ///< There was a job for each token, or only one could be asked for.
};

/// A job that succeeded.
struct Completion {
  const Job& job;
  const std::string& token;
  const std::string& return_value;  ///< JSON.
};

/// Of one round trip. Each part has its own outcome: one that failed says nothing of the others.
struct Exchanged {
  std::vector<Result<void>> completions{};  ///< kStateConflict: children of the job are pending or have failed.
  Result<Taken> taken{};
};

/// Whether the same may succeed later: Redis is away, or full.
bool may_pass(const Error& error);
/// How long to wait before it is tried again to record how a job ended.
inline constexpr std::chrono::milliseconds kPauseBetweenRecordings{100};

/// A worker's side of the protocol on one connection: one method per step. Use by one thread at a time.
class JobStore {
 public:
  JobStore(redis::Client& client, const WorkerOptions& options);

  /// Ends jobs that succeeded and takes others, one for each token at most, in one round trip.
  Exchanged exchange(std::span<const Completion> completions, std::span<const std::string> tokens, WallTime now);
  Result<void> give_up(const Job& job, const std::string& token, const std::string& reason, WallTime now);
  Result<void> retry(const Job& job, const std::string& token, const std::string& reason,
                     std::chrono::milliseconds delay, WallTime now);
  /// Puts the job off without counting an attempt.
  Result<void> postpone(const Job& job, const std::string& token, std::chrono::milliseconds delay, WallTime now);
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
  /// One of the completions that can end among many, with what its `removeOnComplete` says, as that script takes it.
  struct Plain {
    std::size_t place;
    std::array<std::string, 3> retention;
  };

  redis::ScriptCall complete_call(std::span<const Completion> completions, std::span<const Plain> plain,
                                  bool takes_next, WallTime now) const;
  redis::ScriptCall take_call(std::span<const std::string> tokens, WallTime now) const;
  redis::ScriptCall take_one_call(const std::string& token, WallTime now) const;
  redis::ScriptCall finish_call(const Job& job, const std::string& token, const char* state, const std::string& value,
                                WallTime now) const;
  redis::ScriptCall finish_call(const Completion& completion, WallTime now) const;
  redis::ScriptCall delay_call(const Job& job, const std::string& token, std::chrono::milliseconds delay,
                               const char* skips_attempt, const std::string& fields, WallTime now) const;
  json::Object take_options(const std::string& token) const;
  /// Nothing for a job that cannot end among many, as far as it is known here; the script knows better, and says so.
  std::optional<std::array<std::string, 3>> plain_retention(const Job& job) const;
  /// The places of those that complete_jobs left to BullMQ's script; what it said of the others is noted.
  static std::vector<std::size_t> note_codes(const Result<redis::Reply>& reply, std::span<const Completion> completions,
                                             std::span<const Plain> plain, Exchanged& exchanged);
  /// Ends these jobs by a script each, in one round trip.
  void finish_alone(std::span<const Completion> completions, std::span<const std::size_t> places, Exchanged& exchanged,
                    WallTime now);
  /// Runs a call that ends one job; its code as an error.
  Result<void> run(const redis::ScriptCall& call, const Job& job);
  Result<Taken> read_taken(const Result<redis::Reply>& reply, std::span<const std::string> tokens, WallTime now);

  redis::Client& client_;
  const WorkerOptions& options_;
  Keys keys_;
};

/// A connection of its own, with the protocol on it.
struct JobConnection {
  redis::Client client;
  JobStore store;

  explicit JobConnection(const WorkerOptions& options) : client(options.redis), store(client, options) {}
};

}  // namespace busflow::jobs
