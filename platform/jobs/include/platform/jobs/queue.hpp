#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/identifier.hpp>
#include <platform/base/result.hpp>
#include <platform/jobs/job.hpp>
#include <platform/jobs/job_options.hpp>
#include <platform/redis/client.hpp>
#include <platform/redis/shared_calls.hpp>

namespace busflow::jobs {

struct NewJob {
  std::string queue;
  std::string name;
  json::Object data{};
  JobOptions options{};
};

/// A job and those that must be done before it, to any depth. The children may be in other queues.
struct Flow {
  NewJob job;
  std::vector<Flow> children{};
};

struct QueueCounts {
  std::int64_t waiting = 0;
  std::int64_t active = 0;
  std::int64_t delayed = 0;
  std::int64_t prioritized = 0;
  std::int64_t waiting_children = 0;
  std::int64_t completed = 0;
  std::int64_t failed = 0;
};

/// Adds jobs to queues, in BullMQ's data model (docs/protocols/jobs.md). Thread-safe.
///
/// kBadRequest names what is wrong with a queue name, an id or an option; kPayloadTooLarge data beyond
/// `max_data_bytes`; kRedisFull, kRedisUnavailable: nothing was added, or (after a lost connection) nobody knows: add
/// with a job_id of your own to be able to repeat.
class QueueClient {
 public:
  QueueClient(redis::Options redis, std::string prefix, const Clock& clock, std::size_t max_data_bytes = 262144);

  /// The job's id. Adding the same job_id again while the job is known changes nothing and gives the same id.
  Result<std::string> add(const std::string& queue, const std::string& name, const json::Object& data,
                          const JobOptions& options = {});
  /// All in one round trip; ids in the order of the jobs. Either all were valid and were added, or the error.
  Result<std::vector<std::string>> add_bulk(std::span<const NewJob> jobs);
  /// The whole tree or nothing; the id of the root. Jobs without a job_id get a UUID.
  Result<std::string> add_flow(const Flow& flow);

  Result<QueueCounts> counts(const std::string& queue);
  /// Whether Redis answers.
  Result<void> ping();

 private:
  std::string prefix_;
  const Clock& clock_;
  std::size_t max_data_bytes_;
  RandomIdentifierSource identifiers_;
  std::mutex mutex_;
  redis::Client client_;
  redis::SharedCalls shared_calls_;  ///< Threads that add at the same time share round trips.
};

}  // namespace busflow::jobs
