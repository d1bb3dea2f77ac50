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
#include <platform/graphql/metadata.hpp>
#include <platform/graphql_webhooks/template_address.hpp>
#include <platform/http_client/client.hpp>
#include <platform/postgres/pool.hpp>
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
  std::chrono::hours retention{24 * 7};  ///< How long events that are over, and what webhooks said, are kept.
};

/// A source with event triggers, and its database. `source` is held for as long as its events are being delivered.
struct EventSource {
  std::shared_ptr<const graphql::metadata::Source> source;
  std::shared_ptr<postgres::Pool> pool;
};

class EventLog;
struct Event;

/// Brings the events of the log to the webhooks of their triggers, each at least once: what fails is tried again as the
/// trigger says, what a killed process had taken is taken over when its lease ends. Those of one ordering key come one
/// after the other. Any number of processes may do it on one database.
class Deliverer {
 public:
  /// `find_sources` is called once a round, from run()'s thread. References outlive the deliverer.
  using FindSources = std::function<std::vector<EventSource>()>;
  Deliverer(DelivererOptions options, FindSources find_sources, const http_client::Client& client,
            graphql_webhooks::Environment environment, const Clock& clock, IdentifierSource& identifiers,
            telemetry::Logger logger, telemetry::Metrics& metrics);
  ~Deliverer();

  /// Until it is asked to stop; then finishes the calls that have begun, and gives the rest back.
  void run(const std::stop_token& stop);

 private:
  /// Whether there may be more at once.
  bool take(const EventSource& source);
  void deliver(const EventSource& source, const Event& event);
  void give_back(const EventSource& source, const std::string& id);
  void finish(const std::string& id);
  void keep_leases(const std::vector<EventSource>& sources);
  void prune(const std::vector<EventSource>& sources);
  Context make_context() const;
  std::size_t room() const;

  const DelivererOptions options_;
  const FindSources find_sources_;
  const http_client::Client& client_;
  const graphql_webhooks::Environment environment_;
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
  SteadyTime next_prune_{};
  runtime::WorkerPool workers_;
};

}  // namespace busflow::graphql_events
