#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/jobs/job.hpp>
#include <platform/redis/client.hpp>

namespace busflow::jobs {

struct QueueCounts {
  std::int64_t waiting = 0;
  std::int64_t active = 0;
  std::int64_t delayed = 0;
  std::int64_t completed = 0;
  std::int64_t failed = 0;
};

/// Adds jobs to queues, in BullMQ's data model (docs/adr/0004-job-protocol.md). Thread-safe.
class QueueClient {
 public:
  QueueClient(redis::Options redis, std::string prefix, const Clock& clock);

  /// The job's id. Adding the same job_id again while the job is known changes nothing and gives the same id.
  Result<std::string> add(const std::string& queue, const std::string& name, const json::Object& data,
                          const JobOptions& options = {});
  Result<QueueCounts> counts(const std::string& queue);
  /// Whether Redis answers.
  Result<void> ping();

 private:
  std::string prefix_;
  const Clock& clock_;
  std::mutex mutex_;
  redis::Client client_;
};

}  // namespace busflow::jobs
