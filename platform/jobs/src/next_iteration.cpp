#include "next_iteration.hpp"

#include <algorithm>

#include <platform/jobs/message_pack.hpp>

#include "json_fields.hpp"
#include "keys.hpp"
#include "recurrence.hpp"
#include "scripts.hpp"

namespace busflow::jobs {

Result<void> add_next_iteration(redis::Client& client, const WorkerOptions& options, const Job& job, WallTime now) {
  const auto* repeat = job.options.if_contains("repeat");
  if (repeat == nullptr || !repeat->is_object()) return {};
  const auto recurrence = read_recurrence(repeat->get_object());
  const auto count = integer(repeat->get_object(), "count").value_or(0) + 1;
  if (recurrence.limit && count > *recurrence.limit) return {};
  // A clock that was set back must not give the same time again.
  const WallTime previous(std::chrono::milliseconds(integer(job.options, "prevMillis").value_or(0)));
  BUSFLOW_TRY(const auto next, next_time(recurrence, std::max(previous, now)));
  if (!next && (!recurrence.every || (recurrence.end && now > *recurrence.end))) return {};

  auto template_options = job.options;
  for (const auto* of_this_job : {"repeat", "jobId", "delay", "timestamp", "prevMillis"})
    template_options.erase(of_this_job);
  const auto next_options = iteration_options(job.scheduler_id, template_options, recurrence, count, next, now);
  const Keys keys(options.prefix, options.queue);
  BUSFLOW_CHECK(client.evaluate(
      scripts().update_job_scheduler,
      keys.list({"repeat", "delayed", "wait", "paused", "meta", "prioritized", "marker", "id", "events", "pc", job.id,
                 "active"}),
      {std::to_string(next ? next->time_since_epoch().count() : 0), job.scheduler_id, json::serialize(job.data),
       to_message_pack(next_options), std::to_string(now.time_since_epoch().count()), keys.base(), job.id}));
  return {};
}

}  // namespace busflow::jobs
