#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <platform/json/json.hpp>

namespace busflow::jobs {

/// How a job is to be run. Written into the job in BullMQ's form, so that its workers and dashboards read the same.
struct JobOptions {
  std::string job_id{};  ///< A job of that id that is still known makes adding a no-op. Not an integer, without ':'.
                         ///< Empty: numbered.
  int attempts = 1;
  std::chrono::milliseconds backoff{1000};  ///< Before the second attempt; doubled for each further one.
  std::chrono::milliseconds delay{0};
  int keep_completed = 1000;  ///< Completed jobs the queue remembers, and with them their ids; -1 for all.
  int keep_failed = -1;
};

/// A job that a worker has taken.
struct Job {
  std::string queue;
  std::string id;
  std::string name;
  json::Value data;
  int attempts_made = 0;     ///< Attempts that ended before this one.
  int attempts_started = 0;  ///< Larger than attempts_made + 1 when a worker died in the middle.
  int attempts_allowed = 1;
  std::chrono::milliseconds backoff{0};
  int keep_completed = -1;
  int keep_failed = -1;
};

}  // namespace busflow::jobs
