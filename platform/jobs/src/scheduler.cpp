#include <platform/jobs/scheduler.hpp>

#include <charconv>
#include <cstdlib>

#include <fmt/format.h>

#include <platform/jobs/message_pack.hpp>
#include "keys.hpp"
#include "recurrence.hpp"
#include "script_error.hpp"
#include "scripts.hpp"

namespace busflow::jobs {
namespace {

/// As the hash of the scheduler keeps it.
json::Object scheduler_fields(const Recurrence& recurrence, const std::string& name) {
  auto fields = to_json(recurrence, 0);
  fields.erase("count");
  fields["name"] = name;
  return fields;
}

Result<void> check_template(const JobTemplate& job) {
  const auto& options = job.options;
  if (job.name.empty()) return fail(ErrorName::kBadRequest, "the jobs of a scheduler need a name");
  if (!options.job_id.empty() || options.delay.count() > 0 || options.deduplication || !options.group.empty()) {
    return fail(ErrorName::kBadRequest,
                fmt::format("scheduler's job {}: job_id, delay, deduplication and group are not for it", job.name));
  }
  return {};
}

SchedulerState read_state(const std::string& id, double next, const redis::Reply::Array& hash) {
  SchedulerState state{.id = id, .next = WallTime(std::chrono::milliseconds(static_cast<std::int64_t>(next)))};
  for (std::size_t i = 0; i + 1 < hash.size(); i += 2) {
    const auto& field = hash[i].text();
    const auto& value = hash[i + 1].text();
    const auto number = std::strtoll(value.c_str(), nullptr, 10);
    if (field == "name") state.name = value;
    if (field == "pattern") state.pattern = value;
    if (field == "tz") state.time_zone = value;
    if (field == "every") state.every = std::chrono::milliseconds(number);
    if (field == "ic") state.iterations = number;
    if (field == "limit") state.limit = number;
  }
  return state;
}

}  // namespace

SchedulerClient::SchedulerClient(redis::Options redis, std::string prefix, const Clock& clock)
    : prefix_(std::move(prefix)), clock_(clock), client_(std::move(redis)) {}

Result<std::optional<std::string>> SchedulerClient::upsert(const std::string& queue, const std::string& id,
                                                           const Recurrence& recurrence, const JobTemplate& job) {
  const auto now = clock_.now();
  BUSFLOW_CHECK(check_queue_name(queue));
  if (id.empty()) return fail(ErrorName::kBadRequest, "a scheduler needs an id");
  BUSFLOW_CHECK(check_recurrence(recurrence, now));
  BUSFLOW_CHECK(check_template(job));
  if (recurrence.limit && *recurrence.limit < 1) return std::nullopt;
  BUSFLOW_TRY(const auto next, next_time(recurrence, now));
  if (!next && !recurrence.every) return std::nullopt;

  const Keys keys(prefix_, queue);
  const auto template_options = to_json(job.options);
  const auto options = iteration_options(id, template_options, recurrence, 1, next, now);
  const std::lock_guard lock(mutex_);
  BUSFLOW_TRY(const auto reply,
              client_.evaluate(scripts().add_job_scheduler,
                               keys.list({"repeat", "delayed", "wait", "paused", "meta", "prioritized", "marker", "id",
                                          "events", "pc", "active"}),
                               {std::to_string(next ? next->time_since_epoch().count() : 0),
                                to_message_pack(scheduler_fields(recurrence, job.name)), id, json::serialize(job.data),
                                to_message_pack(template_options), to_message_pack(options),
                                std::to_string(now.time_since_epoch().count()), keys.base(), ""}));
  if (const auto* code = std::get_if<std::int64_t>(&reply.value))
    return script_error(*code, queue, "of scheduler " + id);
  return reply.array().at(0).text();
}

Result<bool> SchedulerClient::remove(const std::string& queue, const std::string& id) {
  BUSFLOW_CHECK(check_queue_name(queue));
  const Keys keys(prefix_, queue);
  const std::lock_guard lock(mutex_);
  BUSFLOW_TRY(const auto reply, client_.evaluate(scripts().remove_job_scheduler,
                                                 keys.list({"repeat", "delayed", "events"}), {id, keys.base()}));
  return reply.integer() == 0;
}

Result<std::vector<SchedulerState>> SchedulerClient::list(const std::string& queue) {
  BUSFLOW_CHECK(check_queue_name(queue));
  const Keys keys(prefix_, queue);
  const std::lock_guard lock(mutex_);
  BUSFLOW_TRY(const auto members, client_.command({"ZRANGE", keys("repeat"), "0", "-1", "WITHSCORES"}));
  std::vector<SchedulerState> states;
  for (std::size_t i = 0; i + 1 < members.array().size(); i += 2) {
    const auto& id = members.array()[i].text();
    BUSFLOW_TRY(const auto hash, client_.command({"HGETALL", keys("repeat:" + id)}));
    states.push_back(read_state(id, std::strtod(members.array()[i + 1].text().c_str(), nullptr), hash.array()));
  }
  return states;
}

}  // namespace busflow::jobs
