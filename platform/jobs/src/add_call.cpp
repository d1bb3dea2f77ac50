#include "add_call.hpp"

#include <fmt/format.h>

#include <platform/jobs/message_pack.hpp>
#include "script_error.hpp"
#include "scripts.hpp"

namespace busflow::jobs {
namespace {

constexpr std::int64_t kLowestPriority = (1 << 21) - 1;

/// The parent as it stands in the child's hash: the scripts read the policy there.
json::Object parent_json(const ParentLink& parent, const json::Object& options) {
  json::Object object{{"id", parent.id}, {"queueKey", parent.queue_key}};
  for (const auto* policy : {"fpof", "rdof", "idof", "cpof"}) {
    if (options.contains(policy)) object[policy] = true;
  }
  return object;
}

json::Array arguments(const Keys& keys, const NewJob& job, WallTime now, const FlowPlace* place,
                      const json::Object& options) {
  const auto* parent = place == nullptr ? nullptr : place->parent;
  json::Array list{keys.base(), job.options.job_id, job.name, now.time_since_epoch().count()};
  list.push_back(parent == nullptr ? json::Value() : json::Value(parent->key()));
  list.push_back(parent == nullptr ? json::Value() : json::Value(parent->key() + ":dependencies"));
  list.push_back(parent == nullptr ? json::Value() : json::Value(parent_json(*parent, options)));
  list.push_back(nullptr);  // Of a scheduler.
  list.push_back(job.options.deduplication ? json::Value(keys("de:" + job.options.deduplication->id)) : json::Value());
  list.push_back(place == nullptr ? json::Value() : json::Value(1));
  return list;
}

redis::ScriptCall grouped_call(const Keys& keys, const NewJob& job, std::string data, WallTime now,
                               const json::Object& options) {
  const json::Array list{job.options.job_id, job.name, now.time_since_epoch().count(), job.options.group};
  return {&scripts().add_grouped_job,
          keys.list({"id", "meta", "events", "groups"}),
          {keys.base(), to_message_pack(list), std::move(data), to_message_pack(options)}};
}

Result<void> check_options(const NewJob& job) {
  BUSFLOW_CHECK(check_queue_name(job.queue));
  BUSFLOW_CHECK(check_job_id(job.options.job_id));
  const auto& options = job.options;
  if (job.name.empty()) return fail(ErrorName::kBadRequest, fmt::format("a job of queue {} needs a name", job.queue));
  if (options.attempts < 1)
    return fail(ErrorName::kBadRequest, fmt::format("job {}: attempts must be at least 1", job.name));
  if (options.priority < 0 || options.priority > kLowestPriority) {
    return fail(ErrorName::kBadRequest, fmt::format("job {}: priority {} is not between 0 and {}", job.name,
                                                    options.priority, kLowestPriority));
  }
  if (options.backoff && (options.backoff->jitter < 0 || options.backoff->jitter > 1)) {
    return fail(ErrorName::kBadRequest, fmt::format("job {}: jitter is a share between 0 and 1", job.name));
  }
  if (!options.group.empty() &&
      (options.delay.count() > 0 || options.priority > 0 || options.lifo || options.deduplication)) {
    return fail(
        ErrorName::kBadRequest,
        fmt::format("job {}: within a group the order is that of adding: no delay, priority, lifo or deduplication",
                    job.name));
  }
  return {};
}

/// The data as the job's hash keeps them.
Result<std::string> data_text(const NewJob& job, std::size_t max_data_bytes) {
  auto text = json::serialize(job.data);
  if (text.size() > max_data_bytes) {
    return fail(
        ErrorName::kPayloadTooLarge,
        fmt::format("job {} of queue {}: {} bytes of data, more than {}: store them elsewhere and send their id",
                    job.name, job.queue, text.size(), max_data_bytes));
  }
  return text;
}

}  // namespace

Result<redis::ScriptCall> add_call(const Keys& keys, const NewJob& job, std::size_t max_data_bytes, WallTime now,
                                   const FlowPlace* place) {
  BUSFLOW_CHECK(check_options(job));
  BUSFLOW_TRY(auto data, data_text(job, max_data_bytes));
  auto options = to_json(job.options);
  if (place != nullptr && place->parent != nullptr) {
    options["parent"] = {{"id", place->parent->id}, {"queue", place->parent->queue_key}};
  }
  if (!job.options.group.empty()) return grouped_call(keys, job, std::move(data), now, options);
  redis::ScriptCall call;
  if (place != nullptr && place->has_children) {
    call = {
        &scripts().add_parent_job, keys.list({"meta", "id", "delayed", "waiting-children", "completed", "events"}), {}};
  } else if (job.options.delay.count() > 0) {
    call = {&scripts().add_delayed_job, keys.list({"marker", "meta", "id", "delayed", "completed", "events"}), {}};
  } else if (job.options.priority > 0) {
    call = {&scripts().add_prioritized_job,
            keys.list({"marker", "meta", "id", "prioritized", "delayed", "completed", "active", "events", "pc"}),
            {}};
  } else {
    call = {&scripts().add_standard_job,
            keys.list({"wait", "paused", "meta", "id", "completed", "delayed", "active", "events", "marker"}),
            {}};
  }
  call.arguments = {to_message_pack(arguments(keys, job, now, place, options)), std::move(data),
                    to_message_pack(options)};
  return call;
}

redis::ScriptCall feed_groups_call(const Keys& keys, WallTime now) {
  return {&scripts().feed_groups,
          keys.list({"groups", "wait", "meta", "marker", "active", "events"}),
          {keys.base(), std::to_string(now.time_since_epoch().count())}};
}

Result<std::string> added_id(const Result<redis::Reply>& reply, const NewJob& job) {
  if (!reply) return std::unexpected(reply.error());
  if (const auto* code = std::get_if<std::int64_t>(&reply->value)) {
    return script_error(*code, job.queue, job.options.job_id.empty() ? job.name : job.options.job_id);
  }
  return reply->text();
}

}  // namespace busflow::jobs
