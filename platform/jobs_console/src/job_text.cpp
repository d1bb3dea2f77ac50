#include "job_text.hpp"

#include <fmt/format.h>

namespace busflow::jobs_console {
namespace {

std::string age(std::chrono::milliseconds time) {
  const auto seconds = time.count() / 1000;
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 7200) return fmt::format("{} min", seconds / 60);
  if (seconds < 172800) return fmt::format("{} h", seconds / 3600);
  return fmt::format("{} d", seconds / 86400);
}

json::Value time_json(const std::optional<WallTime>& time) {
  return time ? json::Value(to_rfc3339(*time)) : json::Value();
}

}  // namespace

json::Object job_json(const jobs::Job& job, jobs::JobState state) {
  return {{"queue", job.queue},
          {"id", job.id},
          {"name", job.name},
          {"state", jobs::name_of(state)},
          {"data", job.data},
          {"options", job.options},
          {"added", to_rfc3339(job.added)},
          {"processed", time_json(job.processed_on)},
          {"finished", time_json(job.finished_on)},
          {"attempts_made", job.attempts_made},
          {"attempts_started", job.attempts_started},
          {"attempts_allowed", job.attempts_allowed()},
          {"stalled", job.stalled},
          {"progress", job.progress},
          {"return_value", job.return_value},
          {"failed_reason", job.failed_reason}};
}

std::string job_line(const jobs::Job& job, WallTime now) {
  const auto since = job.finished_on ? *job.finished_on : job.added;
  return fmt::format("{}  {}  {}/{} attempts  {} ago{}", job.id, job.name, job.attempts_made, job.attempts_allowed(),
                     age(now - since), job.failed_reason.empty() ? "" : "  " + job.failed_reason);
}

std::string job_page(const jobs::Job& job, jobs::JobState state, const std::vector<std::string>& logs) {
  std::string page;
  const auto line = [&page](std::string_view name, const std::string& value) {
    if (!value.empty()) page += fmt::format("{:<10} {}\n", name, value);
  };
  line("job", fmt::format("{} of {}", job.id, job.queue));
  line("name", job.name);
  line("state", std::string(jobs::name_of(state)));
  line("added", to_rfc3339(job.added));
  line("started", job.processed_on ? to_rfc3339(*job.processed_on) : "");
  line("ended", job.finished_on ? to_rfc3339(*job.finished_on) : "");
  line("attempts", fmt::format("{} of {} ended, {} started, {} stalled", job.attempts_made, job.attempts_allowed(),
                               job.attempts_started, job.stalled));
  line("failed", job.failed_reason);
  line("result", job.return_value);
  line("progress", job.progress.is_null() ? "" : json::serialize(job.progress));
  line("data", json::serialize(job.data));
  line("options", json::serialize(job.options));
  for (const auto& trace : job.stack_trace) line("failure", trace);
  for (const auto& entry : logs) line("log", entry);
  return page;
}

}  // namespace busflow::jobs_console
