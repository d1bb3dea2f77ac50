#include <platform/jobs/queue.hpp>

#include <algorithm>
#include <stdexcept>

#include "job_store.hpp"

namespace busflow::jobs {
namespace {

/// A ':' would make keys ambiguous, and a plain number could meet a numbered job.
void check_names(const std::string& queue, const std::string& job_id) {
  if (queue.empty() || queue.contains(':')) throw std::logic_error("not a queue name: " + queue);
  const bool number =
      !job_id.empty() && std::ranges::all_of(job_id, [](unsigned char c) { return std::isdigit(c) != 0; });
  if (number || job_id.contains(':')) throw std::logic_error("not a job id: " + job_id);
}

}  // namespace

QueueClient::QueueClient(redis::Options redis, std::string prefix, const Clock& clock)
    : prefix_(std::move(prefix)), clock_(clock), client_(std::move(redis)) {}

Result<std::string> QueueClient::add(const std::string& queue, const std::string& name, const json::Object& data,
                                     const JobOptions& options) {
  check_names(queue, options.job_id);
  const std::lock_guard lock(mutex_);
  return JobStore(client_, prefix_, queue).add(name, data, options, clock_.now());
}

Result<QueueCounts> QueueClient::counts(const std::string& queue) {
  const std::lock_guard lock(mutex_);
  return JobStore(client_, prefix_, queue).counts();
}

Result<void> QueueClient::ping() {
  const std::lock_guard lock(mutex_);
  BUSFLOW_CHECK(client_.command({"PING"}));
  return {};
}

}  // namespace busflow::jobs
