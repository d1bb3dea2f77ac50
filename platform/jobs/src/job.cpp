#include <platform/jobs/job.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace busflow::jobs {
namespace {

constexpr std::array<std::pair<JobState, std::string_view>, 8> kStates = {{
    {JobState::kWaiting, "waiting"},
    {JobState::kActive, "active"},
    {JobState::kDelayed, "delayed"},
    {JobState::kPrioritized, "prioritized"},
    {JobState::kCompleted, "completed"},
    {JobState::kFailed, "failed"},
    {JobState::kWaitingChildren, "waiting-children"},
    {JobState::kUnknown, "unknown"},
}};

std::int64_t to_integer(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

WallTime to_time(std::string_view text) { return WallTime(std::chrono::milliseconds(to_integer(text))); }

json::Value parse_or_null(std::string_view text) { return json::parse(text).value_or(json::Value()); }

std::vector<std::string> read_stack_trace(std::string_view text) {
  std::vector<std::string> lines;
  const auto parsed = parse_or_null(text);
  if (const auto* items = parsed.if_array()) {
    for (const auto& item : *items) {
      if (item.is_string()) lines.emplace_back(item.get_string());
    }
  }
  return lines;
}

void read_field(Job& job, std::string_view field, const std::string& value) {
  if (field == "name") job.name = value;
  if (field == "data") job.data = parse_or_null(value);
  if (field == "timestamp") job.added = to_time(value);
  if (field == "delay") job.delay = std::chrono::milliseconds(to_integer(value));
  if (field == "priority") job.priority = to_integer(value);
  if (field == "atm") job.attempts_made = static_cast<int>(to_integer(value));
  if (field == "ats") job.attempts_started = static_cast<int>(to_integer(value));
  if (field == "stc") job.stalled = static_cast<int>(to_integer(value));
  if (field == "progress") job.progress = parse_or_null(value);
  if (field == "processedOn") job.processed_on = to_time(value);
  if (field == "finishedOn") job.finished_on = to_time(value);
  if (field == "returnvalue") job.return_value = value;
  if (field == "failedReason") job.failed_reason = value;
  if (field == "stacktrace") job.stack_trace = read_stack_trace(value);
  if (field == "defa") job.deferred_failure = value;
  if (field == "rjk") job.scheduler_id = value;
  if (field == "parentKey") job.parent_key = value;
  if (field == "pb") job.worker = value;
  if (field == "opts") {
    auto options = parse_or_null(value);
    if (options.is_object()) job.options = std::move(options.get_object());
  }
}

}  // namespace

int Job::attempts_allowed() const {
  const auto* attempts = options.if_contains("attempts");
  return attempts != nullptr && attempts->is_int64() ? static_cast<int>(attempts->get_int64()) : 1;
}

Job read_job(std::string_view queue, std::string_view id, const redis::Reply::Array& hash) {
  Job job{.queue = std::string(queue), .id = std::string(id)};
  for (std::size_t i = 0; i + 1 < hash.size(); i += 2) read_field(job, hash[i].text(), hash[i + 1].text());
  return job;
}

std::string_view name_of(JobState state) {
  return std::ranges::find(kStates, state, &std::pair<JobState, std::string_view>::first)->second;
}

Result<JobState> parse_job_state(std::string_view name) {
  std::string known;
  for (const auto& [state, text] : kStates) {
    if (state == JobState::kUnknown) continue;
    if (text == name) return state;
    known += (known.empty() ? "" : ", ") + std::string(text);
  }
  return fail(ErrorName::kBadRequest, fmt::format("'{}' is no state of a job; there are {}", name, known));
}

}  // namespace busflow::jobs
