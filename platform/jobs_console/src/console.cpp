#include <platform/jobs_console/console.hpp>

#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include <platform/base/pause.hpp>

#include "job_text.hpp"

namespace busflow::jobs_console {
namespace {

using jobs::JobState;

constexpr auto kClearScreen = "\x1b[H\x1b[2J";

json::Object to_json(const jobs::QueueCounts& counts) {
  return {{"waiting", counts.waiting},
          {"active", counts.active},
          {"delayed", counts.delayed},
          {"prioritized", counts.prioritized},
          {"waiting-children", counts.waiting_children},
          {"completed", counts.completed},
          {"failed", counts.failed}};
}

}  // namespace

Console::Console(redis::Options redis, const std::string& prefix, const Clock& clock, std::ostream& output,
                 bool as_json)
    : administration_(redis, prefix, clock),
      queues_(redis, prefix, clock),
      clock_(clock),
      output_(output),
      as_json_(as_json) {}

Result<std::vector<Console::Line>> Console::lines() {
  BUSFLOW_TRY(const auto names, administration_.queues());
  std::vector<Line> found;
  for (const auto& name : names) {
    Line line{.queue = name};
    BUSFLOW_TRY(line.counts, queues_.counts(name));
    BUSFLOW_TRY(line.is_paused, administration_.is_paused(name));
    found.push_back(std::move(line));
  }
  return found;
}

void Console::print(const std::vector<Line>& lines) {
  if (as_json_) {
    json::Array items;
    for (const auto& line : lines) {
      auto item = to_json(line.counts);
      item["queue"] = line.queue;
      item["paused"] = line.is_paused;
      items.push_back(std::move(item));
    }
    output_ << json::serialize(json::Value(std::move(items))) << "\n" << std::flush;
    return;
  }
  std::size_t width = sizeof("QUEUE") - 1;
  for (const auto& line : lines) width = std::max(width, line.queue.size());
  output_ << fmt::format("{:<{}}  {:>8} {:>8} {:>8} {:>9} {:>8}\n", "QUEUE", width, "WAITING", "ACTIVE", "DELAYED",
                         "COMPLETED", "FAILED");
  for (const auto& [queue, counts, is_paused] : lines) {
    output_ << fmt::format("{:<{}}  {:>8} {:>8} {:>8} {:>9} {:>8}{}\n", queue, width,
                           counts.waiting + counts.prioritized + counts.waiting_children, counts.active, counts.delayed,
                           counts.completed, counts.failed, is_paused ? "  paused" : "");
  }
  if (lines.empty()) output_ << "no queue has been used yet\n";
  output_ << std::flush;
}

void Console::say(const std::string& what) {
  output_ << (as_json_ ? json::serialize(json::Object{{"done", what}}) : what) << "\n" << std::flush;
}

Result<void> Console::check_queue(const std::string& queue) {
  BUSFLOW_TRY(const auto names, administration_.queues());
  if (std::ranges::find(names, queue) != names.end()) return {};
  return fail(ErrorName::kNotFound,
              fmt::format("there is no queue '{}'; there are: {}", queue, fmt::join(names, ", ")));
}

Result<void> Console::list() {
  BUSFLOW_TRY(const auto found, lines());
  print(found);
  return {};
}

Result<void> Console::list_jobs(const std::string& queue, const std::string& state, std::size_t count) {
  BUSFLOW_CHECK(check_queue(queue));
  BUSFLOW_TRY(const auto wanted, jobs::parse_job_state(state));
  BUSFLOW_TRY(const auto found, administration_.list(queue, wanted, 0, count));
  if (as_json_) {
    json::Array items;
    for (const auto& job : found) items.push_back(job_json(job, wanted));
    output_ << json::serialize(json::Value(std::move(items))) << "\n";
    return {};
  }
  for (const auto& job : found) output_ << job_line(job, clock_.now()) << "\n";
  if (found.empty()) output_ << fmt::format("no job of {} is {}\n", queue, state);
  return {};
}

Result<void> Console::show(const std::string& queue, const std::string& id) {
  BUSFLOW_CHECK(check_queue(queue));
  BUSFLOW_TRY(const auto job, administration_.find(queue, id));
  if (!job) return fail(ErrorName::kNotFound, fmt::format("queue {} has no job {}", queue, id));
  BUSFLOW_TRY(const auto state, administration_.state(queue, id));
  BUSFLOW_TRY(const auto logs, administration_.logs(queue, id));
  if (as_json_) {
    auto object = job_json(*job, state);
    object["logs"] = json::Array(logs.begin(), logs.end());
    output_ << json::serialize(object) << "\n";
  } else {
    output_ << job_page(*job, state, logs);
  }
  return {};
}

Result<void> Console::retry(const std::string& queue, const std::string& id) {
  BUSFLOW_CHECK(check_queue(queue));
  if (id.empty()) {
    BUSFLOW_CHECK(administration_.retry_all(queue, JobState::kFailed));
    say(fmt::format("all failed jobs of {} run again", queue));
  } else {
    BUSFLOW_CHECK(administration_.retry(queue, id));
    say(fmt::format("job {} of {} runs again", id, queue));
  }
  return {};
}

Result<void> Console::promote(const std::string& queue, const std::string& id) {
  BUSFLOW_CHECK(check_queue(queue));
  if (id.empty()) {
    BUSFLOW_CHECK(administration_.retry_all(queue, JobState::kDelayed));
    say(fmt::format("all delayed jobs of {} run now", queue));
  } else {
    BUSFLOW_CHECK(administration_.promote(queue, id));
    say(fmt::format("job {} of {} runs now", id, queue));
  }
  return {};
}

Result<void> Console::remove(const std::string& queue, const std::string& id) {
  BUSFLOW_CHECK(check_queue(queue));
  BUSFLOW_CHECK(administration_.remove(queue, id));
  say(fmt::format("job {} of {} is removed", id, queue));
  return {};
}

Result<void> Console::pause(const std::string& queue) {
  BUSFLOW_CHECK(check_queue(queue));
  BUSFLOW_CHECK(administration_.pause(queue));
  say(fmt::format("{} is paused; jobs under way go on", queue));
  return {};
}

Result<void> Console::resume(const std::string& queue) {
  BUSFLOW_CHECK(check_queue(queue));
  BUSFLOW_CHECK(administration_.resume(queue));
  say(fmt::format("{} goes on", queue));
  return {};
}

Result<void> Console::drain(const std::string& queue, bool delayed_as_well) {
  BUSFLOW_CHECK(check_queue(queue));
  BUSFLOW_CHECK(administration_.drain(queue, delayed_as_well));
  say(fmt::format("{} has no waiting jobs any more", queue));
  return {};
}

Result<void> Console::clean(const std::string& queue, const std::string& state, std::chrono::seconds age,
                            std::size_t most) {
  BUSFLOW_CHECK(check_queue(queue));
  BUSFLOW_TRY(const auto wanted, jobs::parse_job_state(state));
  BUSFLOW_TRY(const auto removed, administration_.clean(queue, wanted, age, most));
  say(fmt::format("{} jobs of {} that were {} are removed", removed, queue, state));
  return {};
}

Result<void> Console::watch(std::chrono::milliseconds interval, bool is_terminal, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    BUSFLOW_TRY(const auto found, lines());
    if (is_terminal && !as_json_) output_ << kClearScreen << to_rfc3339(clock_.now()) << "   Ctrl-C ends\n\n";
    print(found);
    busflow::pause(stop, interval);
  }
  return {};
}

}  // namespace busflow::jobs_console
