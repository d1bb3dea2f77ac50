#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/jobs/job_options.hpp>
#include <platform/json/json.hpp>
#include <platform/redis/reply.hpp>

namespace busflow::jobs {

/// A job as its hash in Redis tells it.
struct Job {
  std::string queue;
  std::string id;
  std::string name;
  json::Value data;
  json::Object options;  ///< In BullMQ's stored form: "attempts", "backoff", "de", "fpof" …
  WallTime added{};
  std::chrono::milliseconds delay{0};
  std::int64_t priority = 0;
  int attempts_made = 0;     ///< Attempts that ended before this one.
  int attempts_started = 0;  ///< Grows each time a worker takes the job. Larger than attempts_made + 1 when one died.
  int stalled = 0;           ///< How often a worker died with it.
  json::Value progress;
  std::optional<WallTime> processed_on;
  std::optional<WallTime> finished_on;
  std::string return_value;   ///< JSON.
  std::string failed_reason;  ///< Of the last failed attempt.
  std::vector<std::string> stack_trace;
  std::string deferred_failure;  ///< Fails the job at its next start: it stalled too often, or a child failed.
  std::string scheduler_id;      ///< Of the scheduler that made it.
  std::string parent_key;        ///< Redis key of the parent in a flow.
  std::string worker;            ///< Name of the worker that has it.

  int attempts_allowed() const;
};

/// What HGETALL of the job's key gives: names and values in turns. Values that cannot be read count as absent.
Job read_job(std::string_view queue, std::string_view id, const redis::Reply::Array& hash);

/// Where a job is.
enum class JobState : std::uint8_t {
  kWaiting,
  kActive,
  kDelayed,
  kPrioritized,
  kCompleted,
  kFailed,
  kWaitingChildren,
  kUnknown,
};

/// BullMQ's names: "waiting", "waiting-children". kUnknown: "unknown".
std::string_view name_of(JobState state);
/// kBadRequest for another text, with the names there are.
Result<JobState> parse_job_state(std::string_view name);

}  // namespace busflow::jobs
