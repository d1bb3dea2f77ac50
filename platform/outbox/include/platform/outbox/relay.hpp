#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <platform/base/context.hpp>
#include <platform/jobs/queue.hpp>
#include <platform/outbox/event.hpp>
#include <platform/postgres/listener.hpp>
#include <platform/postgres/pool.hpp>
#include <platform/telemetry/logger.hpp>

namespace busflow::outbox {

struct RelayOptions {
  std::vector<std::string> schemas;  ///< Contexts that have an outbox.
  std::vector<std::string> events;   ///< Names; others are left to a newer version that knows them.
  std::multimap<std::string, std::string, std::less<>>
      consumers;  ///< Event name → queue; a known event without one is just marked.
  /// Event name → the payload field that orders its events (EventType::ordering_field). Events of others are grouped by
  /// tenant.
  std::map<std::string, std::string, std::less<>> ordering_fields{};
  std::size_t batch = 100;
  std::chrono::milliseconds poll_interval{1000};
  jobs::JobOptions job;                                         ///< How often and with what delays handlers are tried.
  std::map<std::string, jobs::JobOptions, std::less<>> jobs{};  ///< Event name → the same, where it differs.
};

/// Moves events from outbox tables to job queues, at least once each: the row is marked after its jobs were added, and
/// a job's id is the event's, so that adding it again changes nothing. Several relays share the work by SKIP LOCKED,
/// unless events have an order: a schema with ordered events is relayed by one at a time.
///
/// Jobs are in groups (platform/jobs/groups.hpp): of their tenant, so that tenants take turns; or of their ordering
/// key, whose queue must have a group concurrency of 1.
class Relay {
 public:
  Relay(RelayOptions options, postgres::Pool& pool, jobs::QueueClient& queues, const Clock& clock,
        IdentifierSource& identifiers, telemetry::Logger logger);

  /// Until the stop; woken by `listener`, polling as well. Outages are logged once and waited out.
  void run(postgres::Listener& listener, const std::stop_token& stop);

  /// Relays what is there now. Gives the number of events.
  Result<std::size_t> relay_pending();

 private:
  Result<std::size_t> relay_batch(const std::string& schema);
  void add_jobs(const Event& event, std::vector<jobs::NewJob>& batch) const;

  RelayOptions options_;
  std::string events_;  ///< An array of PostgreSQL.
  postgres::Pool& pool_;
  jobs::QueueClient& queues_;
  const Clock& clock_;
  IdentifierSource& identifiers_;
  telemetry::Logger logger_;
};

}  // namespace busflow::outbox
