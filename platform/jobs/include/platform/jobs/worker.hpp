#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/context.hpp>
#include <platform/base/identifier.hpp>
#include <platform/base/result.hpp>
#include <platform/jobs/job.hpp>
#include <platform/jobs/outcome.hpp>
#include <platform/jobs/worker_options.hpp>
#include <platform/redis/client.hpp>
#include <platform/telemetry/logger.hpp>
#include <platform/telemetry/metrics.hpp>

namespace busflow::jobs {

/// One attempt at a job, as its handler sees it. Use by the handler's thread, while it runs.
class Attempt {
 public:
  Attempt(Context& attempt_context, const Job& attempted_job, redis::Client& client, std::string prefix)
      : context(attempt_context), job(attempted_job), client_(client), prefix_(std::move(prefix)) {}

  /// Its cancellation is requested when the job's lock is lost: another worker may have the job already. Its
  /// fencing_token grows with each take of the job, so that a store can refuse the late writes of an earlier worker.
  Context& context;
  const Job& job;

  Result<void> update_progress(const json::Value& progress);
  Result<void> log(std::string_view line);
  /// What the completed children of a flow returned, as JSON, by their Redis keys.
  Result<std::vector<std::pair<std::string, json::Value>>> children_values();
  /// Why children failed whose policy is kIgnore, by their Redis keys.
  Result<std::vector<std::pair<std::string, std::string>>> ignored_failures();

 private:
  Result<std::vector<std::pair<std::string, std::string>>> hash(std::string_view suffix);

  redis::Client& client_;
  std::string prefix_;
};

using Handler = std::function<Outcome(Attempt&)>;

/// References outlive the worker.
struct WorkerParts {
  const Clock& clock;
  IdentifierSource& identifiers;
  telemetry::Logger logger;
  telemetry::Metrics& metrics;
};

/// Runs the jobs of one queue, `concurrency` at a time on threads of its own, at least once each. Locks are renewed on
/// another thread while handlers run; a job whose worker was killed is run again by another, in any language, once its
/// lock has run out. A failed attempt is repeated as the job's options say; a fault (an exception) counts as a failed
/// attempt. Connections that break are made again; outages are logged once and waited out.
class Worker {
 public:
  Worker(WorkerOptions options, Handler handler, WorkerParts parts);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void start();
  /// Takes no further job, finishes those in hand, joins. Idempotent.
  void stop();

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace busflow::jobs
