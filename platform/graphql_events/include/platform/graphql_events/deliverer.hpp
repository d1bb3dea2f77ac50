#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/identifier.hpp>
#include <platform/graphql_events/queue.hpp>
#include <platform/http_client/client.hpp>
#include <platform/redis/client.hpp>
#include <platform/telemetry/logger.hpp>
#include <platform/telemetry/metrics.hpp>

namespace busflow::graphql_events {

class Calls;
class Dispatch;

/// The job queue by which calls come to whichever process is free. It has the same name in all processes that deliver
/// for one metadata database, and in no others; each kind of deliverer has one of its own.
struct JobQueueOptions {
  redis::Options redis;
  std::string queue;
  std::string prefix = "bull";  ///< Of all keys in Redis.
};

struct DelivererOptions {
  std::chrono::milliseconds interval{1000};  ///< Between looks for new events while there are none. 0: never, only
                                             ///< calls that others have put into the job queue are made.
  std::size_t batch = 100;                   ///< Most events taken at once; most that wait in the job queue.
  std::size_t threads = 16;                  ///< Webhooks called at once.
  std::chrono::seconds lease{
      60};  ///< An event whose deliverer does not show it is alive for so long is delivered anew.
  Retention retention{};
  std::optional<JobQueueOptions> jobs{};  ///< Without one, whoever takes an event makes the call.
};

/// References outlive the deliverer.
struct DelivererParts {
  const http_client::Client& client;
  const Clock& clock;
  IdentifierSource& identifiers;
  telemetry::Logger logger;
  telemetry::Metrics& metrics;
};

/// Brings what waits in queues to the webhooks, each at least once: what fails is tried again as its trigger says, what
/// a killed process had taken is taken over when its lease ends. Any number of processes may do it on one database,
/// some of them with a job queue and some without.
///
/// Without Redis nothing goes through the job queue and nothing is lost: all that is not over is in the database.
class Deliverer {
 public:
  using Queues = std::vector<std::shared_ptr<Queue>>;
  /// The queues there are now. Called from several threads, by one at a time.
  using FindQueues = std::function<Queues()>;

  Deliverer(DelivererOptions options, FindQueues find_queues, const DelivererParts& parts);
  ~Deliverer();
  Deliverer(const Deliverer&) = delete;
  Deliverer& operator=(const Deliverer&) = delete;

  /// Until it is asked to stop; then finishes the calls that have begun, and gives the rest back. Not more than once.
  void run(const std::stop_token& stop);

 private:
  Queues queues();
  void look(const std::stop_token& stop);
  void maintain(const Queues& queues);

  const DelivererOptions options_;
  const FindQueues find_queues_;
  std::mutex finding_;
  DelivererParts parts_;
  SteadyTime next_maintenance_{};
  std::unique_ptr<Calls> calls_;
  std::unique_ptr<Dispatch> dispatch_;  ///< Last: its threads use all of the others.
};

}  // namespace busflow::graphql_events
