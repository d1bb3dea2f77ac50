#include <platform/graphql_events/deliverer.hpp>

#include <algorithm>

#include "webhook.hpp"

namespace busflow::graphql_events {
namespace {

constexpr std::chrono::minutes kMaintenanceInterval{10};
constexpr std::chrono::seconds kStatementTime{30};

}  // namespace

Deliverer::Deliverer(DelivererOptions options, FindQueues find_queues, const http_client::Client& client,
                     const Clock& clock, IdentifierSource& identifiers, telemetry::Logger logger,
                     telemetry::Metrics& metrics)
    : options_(options),
      find_queues_(std::move(find_queues)),
      client_(client),
      clock_(clock),
      identifiers_(identifiers),
      logger_(std::move(logger)),
      delivered_(metrics.counter("graphql_events_delivered_total", "Events that a webhook has taken.")),
      failed_(metrics.counter("graphql_event_failures_total", "Calls of webhooks for events that failed.")),
      workers_(options.threads, options.batch + options.threads) {}

Deliverer::~Deliverer() { workers_.stop(); }

Context Deliverer::make_context() const {
  return {.clock = clock_, .identifiers = identifiers_, .deadline = clock_.steady_now() + kStatementTime};
}

std::size_t Deliverer::room() const {
  const std::lock_guard lock(mutex_);
  const std::size_t most = options_.batch;
  return most - std::min(most, under_way_.size());
}

void Deliverer::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const Queues queues = find_queues_();
    bool has_more = false;
    for (const auto& queue : queues) has_more = take(queue) || has_more;
    keep_leases(queues);
    maintain(queues);
    std::unique_lock lock(mutex_);
    if (has_more && under_way_.size() < options_.batch) continue;
    changed_.wait_for(lock, stop, options_.interval, [&] { return is_finished_; });
    is_finished_ = false;
  }
  is_stopping_ = true;
  workers_.stop();
}

bool Deliverer::take(const std::shared_ptr<Queue>& queue) {
  const std::size_t most = room();
  if (most == 0) return false;
  auto context = make_context();
  auto taken = queue->take(context, most, options_.lease);
  if (!taken) {
    logger_.warning("calls that are due cannot be read",
                    {{"queue", queue->name()}, {"reason", taken.error().message()}});
    return false;
  }
  const bool has_more = taken->size() == most;
  for (Delivery& delivery : *taken) {
    const std::string id = delivery.id;
    {
      const std::lock_guard lock(mutex_);
      under_way_.insert(id);
    }
    const bool is_accepted = workers_.try_submit([this, queue, of = std::move(delivery)] { deliver(*queue, of); });
    if (!is_accepted) give_back(*queue, id);
  }
  return has_more;
}

void Deliverer::give_back(Queue& queue, const std::string& id) {
  finish(id);
  auto context = make_context();
  if (const auto done = queue.give_back(context, {id}); !done)
    logger_.warning("a call waits for its lease to end", {{"id", id}, {"reason", done.error().message()}});
}

void Deliverer::deliver(Queue& queue, const Delivery& delivery) {
  if (is_stopping_) return give_back(queue, delivery.id);
  Context context{.clock = clock_, .identifiers = identifiers_, .deadline = SteadyTime::max()};
  const Result<http_client::Response> answer =
      delivery.request ? client_.send(context, *delivery.request)
                       : Result<http_client::Response>(std::unexpected(delivery.request.error()));
  const Verdict verdict = verdict_of(delivery, answer);
  (verdict.is_delivered ? delivered_ : failed_).Increment();
  if (verdict.is_given_up) {
    logger_.error("a webhook could not be told",
                  {{"queue", queue.name()},
                   {"trigger", delivery.trigger},
                   {"id", delivery.id},
                   {"reason", answer ? std::to_string(answer->status) : answer.error().message()}});
  }
  auto writing = make_context();
  if (const auto done = queue.conclude(writing, delivery, answer, verdict); !done) {
    logger_.warning("what became of a call could not be written: it is made again when its lease ends",
                    {{"id", delivery.id}, {"reason", done.error().message()}});
  }
  finish(delivery.id);
}

void Deliverer::finish(const std::string& id) {
  const std::lock_guard lock(mutex_);
  under_way_.erase(id);
  is_finished_ = true;
  changed_.notify_all();
}

void Deliverer::keep_leases(const Queues& queues) {
  const auto now = clock_.steady_now();
  if (now < next_lease_) return;
  next_lease_ = now + options_.lease / 3;
  std::set<std::string> ids;
  {
    const std::lock_guard lock(mutex_);
    ids = under_way_;
  }
  if (ids.empty()) return;
  for (const auto& queue : queues) {
    auto context = make_context();
    if (const auto done = queue->keep(context, ids); !done)
      logger_.warning("leases could not be kept", {{"queue", queue->name()}, {"reason", done.error().message()}});
  }
}

void Deliverer::maintain(const Queues& queues) {
  const auto now = clock_.steady_now();
  if (now < next_maintenance_) return;
  std::size_t changed = 0;
  for (const auto& queue : queues) {
    auto context = make_context();
    const auto done = queue->maintain(context, options_.retention);
    if (!done)
      logger_.warning("what is over could not be deleted, or room be made",
                      {{"queue", queue->name()}, {"reason", done.error().message()}});
    changed += done.value_or(0);
  }
  // While there is more, it goes on in the next round: calls are made in between.
  if (changed == 0) next_maintenance_ = now + kMaintenanceInterval;
}

}  // namespace busflow::graphql_events
