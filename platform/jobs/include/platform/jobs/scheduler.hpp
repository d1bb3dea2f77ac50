#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/jobs/job_options.hpp>
#include <platform/json/json.hpp>
#include <platform/redis/client.hpp>

namespace busflow::jobs {

/// When a scheduler makes jobs: by a cron expression, or every so often. Exactly one of the two.
struct Recurrence {
  std::string pattern{};                             ///< See platform/cron/schedule.hpp.
  std::string time_zone{};                           ///< Of the pattern; empty: UTC.
  std::optional<std::chrono::milliseconds> every{};  ///< At multiples of it; the first at once.
  std::chrono::milliseconds offset{0};               ///< With `every`: later than the multiple by so much.
  std::optional<WallTime> start{};
  std::optional<WallTime> end{};
  std::optional<std::int64_t> limit{};  ///< Jobs in all.
  bool immediately = false;             ///< With `pattern`: the first one now.
};

/// What a scheduler makes.
struct JobTemplate {
  std::string name;
  json::Object data{};
  JobOptions options{};  ///< Without job_id, delay, deduplication and group.
};

struct SchedulerState {
  std::string id;
  std::string name;
  std::string pattern;
  std::string time_zone;
  std::optional<std::chrono::milliseconds> every;
  std::int64_t iterations = 0;  ///< Jobs made so far.
  std::optional<std::int64_t> limit;
  WallTime next{};
};

/// Recurring jobs in BullMQ's data model: its job schedulers. The next job is added when the present one starts, by
/// whichever worker has it, so there is at most one ahead. Thread-safe.
class SchedulerClient {
 public:
  SchedulerClient(redis::Options redis, std::string prefix, const Clock& clock);

  /// Makes the scheduler or changes it; the id of its next job, or nothing when its end or limit is reached. Any number
  /// of processes may do it at start: the same recurrence leaves one pending job at the same time. kBadRequest names
  /// what is wrong with the recurrence; kConflict: jobs with the ids of the next iterations are there.
  Result<std::optional<std::string>> upsert(const std::string& queue, const std::string& id,
                                            const Recurrence& recurrence, const JobTemplate& job);
  /// Whether there was one.
  Result<bool> remove(const std::string& queue, const std::string& id);
  Result<std::vector<SchedulerState>> list(const std::string& queue);

 private:
  std::string prefix_;
  const Clock& clock_;
  std::mutex mutex_;
  redis::Client client_;
};

}  // namespace busflow::jobs
