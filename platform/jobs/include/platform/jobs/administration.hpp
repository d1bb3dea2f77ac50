#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/jobs/job.hpp>
#include <platform/jobs/queue.hpp>
#include <platform/redis/client.hpp>

namespace busflow::jobs {

class Keys;

/// What an operator does with queues, in BullMQ's data model: looking, retrying, cleaning. Use by one thread at a time.
/// kNotFound, kStateConflict and kConflict say why something cannot be done to a job.
class Administration {
 public:
  Administration(redis::Options redis, std::string prefix, const Clock& clock);

  /// The names of the queues there are, sorted.
  Result<std::vector<std::string>> queues();
  Result<bool> is_paused(const std::string& queue);
  /// "bullmq:6.7.0", of the client that opened the queue last; empty when none said so.
  Result<std::string> version(const std::string& queue);

  Result<std::optional<Job>> find(const std::string& queue, const std::string& id);
  Result<JobState> state(const std::string& queue, const std::string& id);
  /// Jobs of a state, the next (or, of ended ones, the newest) first.
  Result<std::vector<Job>> list(const std::string& queue, JobState state, std::size_t offset, std::size_t count);
  Result<std::vector<std::string>> logs(const std::string& queue, const std::string& id);

  /// An ended job runs again, with all its attempts.
  Result<void> retry(const std::string& queue, const std::string& id);
  /// All jobs of kFailed or kCompleted, or (promoting them) kDelayed.
  Result<void> retry_all(const std::string& queue, JobState state);
  /// A delayed job runs now.
  Result<void> promote(const std::string& queue, const std::string& id);
  Result<void> change_delay(const std::string& queue, const std::string& id, std::chrono::milliseconds delay);
  Result<void> change_priority(const std::string& queue, const std::string& id, std::int64_t priority);
  /// With its children, unless a worker has one of them.
  Result<void> remove(const std::string& queue, const std::string& id);

  /// No worker takes jobs until resume(). Jobs under way go on.
  Result<void> pause(const std::string& queue);
  /// Also brings back what BullMQ 5 set aside when it paused the queue.
  Result<void> resume(const std::string& queue);
  /// Removes jobs that wait; delayed ones only if asked.
  Result<void> drain(const std::string& queue, bool delayed_as_well);
  /// Removes jobs of a state that are older than `age`, at most so many (0: all); their number.
  Result<std::size_t> clean(const std::string& queue, JobState state, std::chrono::milliseconds age, std::size_t most);
  /// Removes the queue with everything in it. It must be paused and, unless forced, have no job under way.
  Result<void> obliterate(const std::string& queue, bool force);
  /// At most so many jobs under way over all workers; absent: no limit.
  Result<void> set_concurrency(const std::string& queue, std::optional<int> jobs);

 private:
  Result<std::int64_t> evaluate(const redis::Script& script, std::vector<std::string> keys,
                                std::vector<std::string> arguments);
  Result<std::vector<std::string>> grouped_jobs(const Keys& keys, std::size_t offset, std::size_t count);
  Result<std::vector<Job>> read_all(const Keys& keys, const std::string& queue, const std::vector<std::string>& ids);

  std::string prefix_;
  const Clock& clock_;
  redis::Client client_;
};

}  // namespace busflow::jobs
