#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <platform/base/clock.hpp>
#include <platform/json/json.hpp>

namespace busflow::jobs {

/// How long to wait before another attempt.
struct Backoff {
  std::string type =
      "exponential";  ///< "fixed", "exponential" (doubled for each attempt), or a strategy of the worker's.
  std::chrono::milliseconds delay{1000};
  double jitter = 0;  ///< Share of the delay that is left to chance, 0 to 1.
};

/// Which finished jobs a queue remembers. Others are removed, and their ids may be used again.
struct Retention {
  std::optional<int> count;                 ///< The newest so many.
  std::optional<std::chrono::seconds> age;  ///< Those not older.
};

/// Jobs of the same id are one, while the first is known and, if there is one, within the time.
struct Deduplication {
  std::string id;
  std::optional<std::chrono::milliseconds> ttl{};
  bool extend = false;               ///< A later one prolongs the time.
  bool replace = false;              ///< A later one replaces one that is still delayed.
  bool keep_last_if_active = false;  ///< While one runs, the last of the later ones waits and runs after it.
};

/// What becomes of the parent when a child of a flow has failed for good.
enum class OnChildFailure : std::uint8_t {
  kParentWaits,       ///< For ever, until somebody retries or removes the child.
  kFailParent,        ///< It fails as well, and so on up the tree.
  kContinueParent,    ///< It starts at once and sees the failure.
  kIgnore,            ///< It counts the child as done and can read the reason.
  kRemoveDependency,  ///< It forgets the child.
};

/// How a job is to be run. Written into the job in BullMQ's form, so that its workers and dashboards read the same:
/// https://docs.bullmq.io and https://api.docs.bullmq.io.
struct JobOptions {
  std::string job_id{};  ///< A job of that id that is still known makes adding a no-op. Not an integer, without ':'.
                         ///< Empty: numbered.
  int attempts = 1;
  std::optional<Backoff> backoff{};  ///< Absent: the next attempt follows at once.
  std::chrono::milliseconds delay{0};
  std::int64_t priority = 0;  ///< 0: none, first in, first out; else 1 (first) to 2,097,151.
  bool lifo = false;          ///< Before all that wait.
  std::optional<Retention> keep_completed = Retention{.count = 1000, .age = {}};  ///< Absent: all.
  std::optional<Retention> keep_failed{};                                         ///< Absent: all.
  std::optional<Deduplication> deduplication{};
  OnChildFailure on_failure = OnChildFailure::kParentWaits;  ///< Of a child in a flow.
  std::optional<int> keep_logs{};                            ///< Newest log lines; absent: all.
  std::string group{};  ///< Jobs of one group take turns with those of others: see groups.hpp.
  std::string trace{};  ///< W3C traceparent of the work that adds the job.
};

/// The options as BullMQ stores them.
json::Object to_json(const JobOptions& options);

}  // namespace busflow::jobs
