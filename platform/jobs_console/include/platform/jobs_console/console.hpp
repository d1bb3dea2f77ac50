#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <stop_token>
#include <string>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/jobs/administration.hpp>
#include <platform/jobs/queue.hpp>

namespace busflow::jobs_console {

/// What `busflow jobs` does: looking into queues and mending them, as text for people or as JSON, one document per
/// call. Use by one thread at a time. Errors are those of jobs::Administration; kNotFound for a queue that nobody
/// opened.
class Console {
 public:
  Console(redis::Options redis, const std::string& prefix, const Clock& clock, std::ostream& output, bool as_json);

  /// A line per queue: how many jobs are in which state.
  Result<void> list();
  /// The newest jobs of a state, at most `count`.
  Result<void> list_jobs(const std::string& queue, const std::string& state, std::size_t count);
  /// One job with its options, log and failures.
  Result<void> show(const std::string& queue, const std::string& id);

  /// One failed or completed job; with an empty id all failed ones.
  Result<void> retry(const std::string& queue, const std::string& id);
  /// One delayed job; with an empty id all.
  Result<void> promote(const std::string& queue, const std::string& id);
  Result<void> remove(const std::string& queue, const std::string& id);
  Result<void> pause(const std::string& queue);
  Result<void> resume(const std::string& queue);
  Result<void> drain(const std::string& queue, bool delayed_as_well);
  Result<void> clean(const std::string& queue, const std::string& state, std::chrono::seconds age, std::size_t most);

  /// list() again and again, in place on a terminal, until the stop.
  Result<void> watch(std::chrono::milliseconds interval, bool is_terminal, const std::stop_token& stop);

 private:
  struct Line {
    std::string queue;
    jobs::QueueCounts counts;
    bool is_paused = false;
  };
  Result<std::vector<Line>> lines();
  Result<void> check_queue(const std::string& queue);
  void print(const std::vector<Line>& lines);
  void say(const std::string& what);

  jobs::Administration administration_;
  jobs::QueueClient queues_;
  const Clock& clock_;
  std::ostream& output_;
  bool as_json_;
};

}  // namespace busflow::jobs_console
