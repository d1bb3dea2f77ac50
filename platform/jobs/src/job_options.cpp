#include <platform/jobs/job_options.hpp>

namespace busflow::jobs {
namespace {

json::Object to_json(const Backoff& backoff) {
  json::Object object{{"type", backoff.type}, {"delay", backoff.delay.count()}};
  if (backoff.jitter > 0) object["jitter"] = backoff.jitter;
  return object;
}

json::Value to_json(const Retention& retention) {
  if (retention.count && !retention.age) return *retention.count;
  json::Object object;
  if (retention.count) object["count"] = *retention.count;
  if (retention.age) object["age"] = retention.age->count();
  return object;
}

json::Object to_json(const Deduplication& deduplication) {
  json::Object object{{"id", deduplication.id}};
  if (deduplication.ttl) object["ttl"] = deduplication.ttl->count();
  if (deduplication.extend) object["extend"] = true;
  if (deduplication.replace) object["replace"] = true;
  if (deduplication.keep_last_if_active) object["keepLastIfActive"] = true;
  return object;
}

const char* short_name(OnChildFailure policy) {
  switch (policy) {
    case OnChildFailure::kParentWaits: return nullptr;
    case OnChildFailure::kFailParent: return "fpof";
    case OnChildFailure::kContinueParent: return "cpof";
    case OnChildFailure::kIgnore: return "idof";
    case OnChildFailure::kRemoveDependency: return "rdof";
  }
  return nullptr;
}

}  // namespace

json::Object to_json(const JobOptions& options) {
  json::Object object{{"attempts", options.attempts}};
  if (options.backoff) object["backoff"] = to_json(*options.backoff);
  if (!options.job_id.empty()) object["jobId"] = options.job_id;
  if (options.delay.count() > 0) object["delay"] = options.delay.count();
  if (options.priority > 0) object["priority"] = options.priority;
  if (options.lifo) object["lifo"] = true;
  if (options.keep_completed) object["removeOnComplete"] = to_json(*options.keep_completed);
  if (options.keep_failed) object["removeOnFail"] = to_json(*options.keep_failed);
  if (options.deduplication) object["de"] = to_json(*options.deduplication);
  if (const auto* policy = short_name(options.on_failure); policy != nullptr) object[policy] = true;
  if (options.keep_logs) object["kl"] = *options.keep_logs;
  if (!options.group.empty()) object["group"] = {{"id", options.group}};
  if (!options.trace.empty()) object["tm"] = json::serialize(json::Object{{"traceparent", options.trace}});
  return object;
}

}  // namespace busflow::jobs
