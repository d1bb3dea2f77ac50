#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/context.hpp>
#include <platform/base/result.hpp>
#include <platform/graphql/metadata.hpp>
#include <platform/graphql_webhooks/template_address.hpp>
#include <platform/http_client/message.hpp>
#include <platform/postgres/pool.hpp>

namespace busflow::graphql_events {

/// Which call is due, and which try of it. Holds nothing of what is told, which may be secret.
struct Ticket {
  std::string id;
  std::string trigger{};  ///< Empty: of a one-off event.
  std::int64_t tries = 0;
  std::string created_at{};  ///< Of events, as the database writes it: tells the row's partition.
};

/// A call that is due, and ours for as long as its lease.
struct Delivery {
  Ticket ticket;
  graphql::metadata::RetryPolicy retry{};
  Result<http_client::Request> request{};  ///< Or why there is none: then the call has failed.
  std::string logged_request{};            ///< JSON
};

/// What a lease is for.
enum class Held : std::uint8_t {
  kTaken,     ///< Whoever has it makes the call.
  kReserved,  ///< Somebody will claim the call, and then has a lease of his own.
};

/// How long what is over is kept, from when it was made.
struct Retention {
  std::chrono::hours over{24 * 7};     ///< What was delivered or archived.
  std::chrono::hours failed{24 * 28};  ///< What was given up; not less than `over`.
};

/// What comes of an answer.
struct Verdict {
  bool is_delivered = false;
  bool is_given_up = false;
  std::chrono::seconds retry_in{0};  ///< Otherwise.
};

/// Calls of one kind that wait in one database. Any number of processes may take from it; used from several threads.
/// Errors are the database's.
class Queue {
 public:
  virtual ~Queue() = default;

  /// The same in each process, and no other queue's.
  virtual std::string name() const = 0;
  /// Whether this queue has such calls; `trigger` is that of a ticket.
  virtual bool knows(const std::string& trigger) const = 0;
  /// Those that are due, oldest first. They are ours for as long as the lease.
  virtual Result<std::vector<Delivery>> take(Context& context, std::size_t most, std::chrono::seconds lease) = 0;
  /// The same for others to make: as long as the lease nobody takes them, and one may claim each.
  virtual Result<std::vector<Ticket>> reserve(Context& context, std::size_t most, std::chrono::seconds lease) = 0;
  /// Makes a call that was reserved ours. Nothing when that try was made, or is being made, or the call was taken back:
  /// then there is nothing to be done. The queue knows the ticket's trigger.
  virtual Result<std::optional<Delivery>> claim(Context& context, const Ticket& ticket, std::chrono::seconds lease) = 0;
  /// The lease of these begins anew; not of those that are only reserved.
  virtual Result<void> keep(Context& context, const std::set<std::string>& ids) = 0;
  /// They may be taken again at once. Those that were reserved, unless they were claimed meanwhile.
  virtual Result<void> give_back(Context& context, const std::set<std::string>& ids, Held held) = 0;
  /// Writes down what the webhook said, or why it said nothing.
  virtual Result<void> conclude(Context& context, const Delivery& delivery, const Result<http_client::Response>& answer,
                                const Verdict& verdict) = 0;
  /// Deletes what has long been over, some at a time, and makes room for what is to come. How much was done; 0 when
  /// there is no more to do for now.
  virtual Result<std::size_t> maintain(Context& context, const Retention& retention) = 0;
};

/// The events of a source's triggers. The environment outlives the queue.
std::shared_ptr<Queue> event_queue(std::shared_ptr<const graphql::metadata::Source> source,
                                   std::shared_ptr<postgres::Pool> pool,
                                   const graphql_webhooks::Environment& environment);

/// The runs of the metadata's cron triggers, which are planned ahead as they are taken; not when the stored metadata is
/// no longer of that version. References outlive the queue.
std::shared_ptr<Queue> cron_queue(std::shared_ptr<const graphql::metadata::Metadata> metadata,
                                  std::int64_t resource_version, postgres::Pool& pool,
                                  const graphql_webhooks::Environment& environment, const Clock& clock);

/// Events that were scheduled one by one. References outlive the queue.
std::shared_ptr<Queue> one_off_queue(postgres::Pool& pool, const graphql_webhooks::Environment& environment);

}  // namespace busflow::graphql_events
