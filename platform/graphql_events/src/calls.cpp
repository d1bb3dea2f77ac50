#include "calls.hpp"

#include <platform/base/pause.hpp>

#include "webhook.hpp"

namespace busflow::graphql_events {
namespace {

constexpr std::chrono::seconds kStatementTime{30};
constexpr int kKeptInLease = 3;  // Times, so that one that fails does not end it.

}  // namespace

Context statement_context(const DelivererParts& parts) {
  return {
      .clock = parts.clock, .identifiers = parts.identifiers, .deadline = parts.clock.steady_now() + kStatementTime};
}

/// Of a call that was made, also when something throws: a lease that is kept for ever would be an event that is never
/// delivered.
class Calls::Ending {
 public:
  Ending(Calls& calls, const std::string& id) : calls_(calls), id_(id) {}
  ~Ending() { calls_.finish(id_); }
  Ending(const Ending&) = delete;
  Ending& operator=(const Ending&) = delete;

 private:
  Calls& calls_;
  const std::string& id_;
};

Calls::Calls(DelivererParts parts, std::chrono::seconds lease)
    : parts_(std::move(parts)),
      delivered_(parts_.metrics.counter("graphql_events_delivered_total", "Events that a webhook has taken.")),
      failed_(parts_.metrics.counter("graphql_event_failures_total", "Calls of webhooks for events that failed.")),
      keep_interval_(std::chrono::milliseconds(lease) / kKeptInLease),
      keeper_([this](const std::stop_token& stop) { keep_leases(stop); }) {}

void Calls::begin(const std::shared_ptr<Queue>& queue, const std::string& id) {
  const std::lock_guard lock(mutex_);
  under_way_.insert_or_assign(id, queue);
}

void Calls::make(Queue& queue, const Delivery& delivery) {
  const Ending ending(*this, delivery.ticket.id);
  Context context{.clock = parts_.clock, .identifiers = parts_.identifiers};
  conclude(queue, delivery,
           delivery.request ? parts_.client.send(context, *delivery.request)
                            : Result<http_client::Response>(std::unexpected(delivery.request.error())));
}

void Calls::conclude(Queue& queue, const Delivery& delivery, const Result<http_client::Response>& answer) {
  const Verdict verdict = verdict_of(delivery, answer);
  (verdict.is_delivered ? delivered_ : failed_).Increment();
  if (verdict.is_given_up) {
    parts_.logger.error("a webhook could not be told",
                        {{"queue", queue.name()},
                         {"trigger", delivery.ticket.trigger},
                         {"id", delivery.ticket.id},
                         {"reason", answer ? std::to_string(answer->status) : answer.error().message()}});
  }
  auto context = statement_context(parts_);
  if (const auto done = queue.conclude(context, delivery, answer, verdict); !done) {
    parts_.logger.warning("what became of a call could not be written: it is made again when its lease ends",
                          {{"id", delivery.ticket.id}, {"reason", done.error().message()}});
  }
}

void Calls::give_back(Queue& queue, const std::string& id) {
  finish(id);
  auto context = statement_context(parts_);
  if (const auto done = queue.give_back(context, {id}, Held::kTaken); !done)
    parts_.logger.warning("a call waits for its lease to end", {{"id", id}, {"reason", done.error().message()}});
}

std::size_t Calls::under_way() const {
  const std::lock_guard lock(mutex_);
  return under_way_.size();
}

void Calls::wait(const std::stop_token& stop, std::chrono::milliseconds longest) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, longest, [this] { return is_finished_; });
  is_finished_ = false;
}

void Calls::finish(const std::string& id) {
  const std::lock_guard lock(mutex_);
  under_way_.erase(id);
  is_finished_ = true;
  changed_.notify_all();
}

void Calls::keep_leases(const std::stop_token& stop) {
  while (pause(stop, keep_interval_)) {
    for (const auto& [queue, ids] : ids_by_queue()) {
      auto context = statement_context(parts_);
      if (const auto done = queue->keep(context, ids); !done)
        parts_.logger.warning("leases could not be kept",
                              {{"queue", queue->name()}, {"reason", done.error().message()}});
    }
  }
}

std::map<std::shared_ptr<Queue>, std::set<std::string>> Calls::ids_by_queue() const {
  const std::lock_guard lock(mutex_);
  std::map<std::shared_ptr<Queue>, std::set<std::string>> ids;
  for (const auto& [id, queue] : under_way_) ids[queue].insert(id);
  return ids;
}

}  // namespace busflow::graphql_events
