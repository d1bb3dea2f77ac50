#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/identifier.hpp>
#include <platform/graphql_events/queue.hpp>
#include <platform/http_client/client.hpp>
#include <platform/runtime/worker_pool.hpp>
#include <platform/telemetry/logger.hpp>
#include <platform/telemetry/metrics.hpp>

namespace busflow::graphql_events {

struct DelivererOptions {
  std::chrono::milliseconds interval{1000};  ///< Between looks for new events while there are none.
  std::size_t batch = 100;                   ///< Most events taken at once.
  std::size_t threads = 16;                  ///< Webhooks called at once.
  std::chrono::seconds lease{
      60};  ///< An event whose deliverer does not show it is alive for so long is delivered anew.
  Retention retention{};
};

/// Brings what waits in queues to the webhooks, each at least once: what fails is tried again as its trigger says, what
/// a killed process had taken is taken over when its lease ends. Any number of processes may do it on one database.
class Deliverer {
 public:
  /// `find_queues` is called once a round, from run()'s thread. References outlive the deliverer.
  using Queues = std::vector<std::shared_ptr<Queue>>;
  using FindQueues = std::function<Queues()>;
  Deliverer(DelivererOptions options, FindQueues find_queues, const http_client::Client& client, const Clock& clock,
            IdentifierSource& identifiers, telemetry::Logger logger, telemetry::Metrics& metrics);
  ~Deliverer();

  /// Until it is asked to stop; then finishes the calls that have begun, and gives the rest back.
  void run(const std::stop_token& stop);

 private:
  /// Whether there may be more at once.
  bool take(const std::shared_ptr<Queue>& queue);
  void deliver(Queue& queue, const Delivery& delivery);
  void give_back(Queue& queue, const std::string& id);
  void finish(const std::string& id);
  void keep_leases(const Queues& queues);
  void maintain(const Queues& queues);
  Context make_context() const;
  std::size_t room() const;

  const DelivererOptions options_;
  const FindQueues find_queues_;
  const http_client::Client& client_;
  const Clock& clock_;
  IdentifierSource& identifiers_;
  telemetry::Logger logger_;
  prometheus::Counter& delivered_;
  prometheus::Counter& failed_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::set<std::string> under_way_;
  std::atomic<bool> is_stopping_ = false;
  bool is_finished_ = false;  ///< Something was, since it was last looked at.
  SteadyTime next_lease_{};
  SteadyTime next_maintenance_{};
  runtime::WorkerPool workers_;
};

}  // namespace busflow::graphql_events
