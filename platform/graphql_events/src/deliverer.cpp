#include <platform/graphql_events/deliverer.hpp>

#include <algorithm>

#include "event_log.hpp"
#include "event_request.hpp"

namespace busflow::graphql_events {
namespace {

using graphql::metadata::EventTrigger;

constexpr std::chrono::minutes kPruneInterval{10};
constexpr std::chrono::seconds kStatementTime{30};
constexpr std::chrono::milliseconds kUnknown{1000};

std::vector<std::string> trigger_names(const graphql::metadata::Source& source) {
  std::vector<std::string> names;
  for (const auto& table : source.tables) {
    for (const auto& trigger : table->event_triggers) names.push_back(trigger.name);
  }
  return names;
}

const EventTrigger* find_trigger(const graphql::metadata::Source& source, const std::string& name) {
  for (const auto& table : source.tables) {
    const auto found = std::ranges::find(table->event_triggers, name, &EventTrigger::name);
    if (found != table->event_triggers.end()) return &*found;
  }
  return nullptr;
}

}  // namespace

Deliverer::Deliverer(DelivererOptions options, FindSources find_sources, const http_client::Client& client,
                     graphql_webhooks::Environment environment, const Clock& clock, IdentifierSource& identifiers,
                     telemetry::Logger logger, telemetry::Metrics& metrics)
    : options_(options),
      find_sources_(std::move(find_sources)),
      client_(client),
      environment_(std::move(environment)),
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
    const auto sources = find_sources_();
    bool has_more = false;
    for (const auto& source : sources) has_more = take(source) || has_more;
    keep_leases(sources);
    prune(sources);
    std::unique_lock lock(mutex_);
    if (has_more && under_way_.size() < options_.batch) continue;
    changed_.wait_for(lock, stop, options_.interval, [&] { return is_finished_; });
    is_finished_ = false;
  }
  is_stopping_ = true;
  workers_.stop();
}

bool Deliverer::take(const EventSource& source) {
  const std::size_t most = room();
  if (most == 0) return false;
  auto context = make_context();
  auto events = EventLog(*source.pool).take(context, trigger_names(*source.source), most, options_.lease);
  if (!events) {
    logger_.warning("events cannot be read", {{"source", source.source->name}, {"reason", events.error().message()}});
    return false;
  }
  const bool has_more = events->size() == most;
  for (Event& event : *events) {
    const std::string id = event.id;
    {
      const std::lock_guard lock(mutex_);
      under_way_.insert(id);
    }
    const bool is_accepted = workers_.try_submit([this, source, event = std::move(event)] { deliver(source, event); });
    if (!is_accepted) give_back(source, id);
  }
  return has_more;
}

void Deliverer::give_back(const EventSource& source, const std::string& id) {
  finish(id);
  auto context = make_context();
  if (const auto done = EventLog(*source.pool).give_back(context, {id}); !done)
    logger_.warning("an event waits for its lease to end", {{"event", id}, {"reason", done.error().message()}});
}

void Deliverer::deliver(const EventSource& source, const Event& event) {
  if (is_stopping_) return give_back(source, event.id);
  const EventTrigger* trigger = find_trigger(*source.source, event.trigger);
  const auto request = trigger == nullptr ? fail(ErrorName::kInternal, "the trigger is gone")
                                          : request_for(*trigger, event, environment_);
  Context context{.clock = clock_, .identifiers = identifiers_, .deadline = SteadyTime::max()};
  const Result<http_client::Response> answer =
      request ? client_.send(context, *request) : Result<http_client::Response>(std::unexpected(request.error()));
  const Verdict verdict = trigger == nullptr ? Verdict{.retry_in = std::chrono::ceil<std::chrono::seconds>(kUnknown)}
                                             : verdict_of(*trigger, event, answer);
  (verdict.is_delivered ? delivered_ : failed_).Increment();
  if (verdict.is_given_up) {
    logger_.error("an event could not be delivered",
                  {{"trigger", event.trigger},
                   {"event", event.id},
                   {"reason", answer ? std::to_string(answer->status) : answer.error().message()}});
  }
  const Invocation invocation{
      .status = answer ? answer->status : 0,
      .request = trigger == nullptr ? "{}" : logged_request(*trigger, request ? request->body : ""),
      .response = logged_response(answer)};
  auto writing = make_context();
  if (const auto done = EventLog(*source.pool).conclude(writing, event, invocation, verdict); !done) {
    logger_.warning("what became of an event could not be written: it is delivered again when its lease ends",
                    {{"event", event.id}, {"reason", done.error().message()}});
  }
  finish(event.id);
}

void Deliverer::finish(const std::string& id) {
  const std::lock_guard lock(mutex_);
  under_way_.erase(id);
  is_finished_ = true;
  changed_.notify_all();
}

void Deliverer::keep_leases(const std::vector<EventSource>& sources) {
  const auto now = clock_.steady_now();
  if (now < next_lease_) return;
  next_lease_ = now + options_.lease / 3;
  std::set<std::string> ids;
  {
    const std::lock_guard lock(mutex_);
    ids = under_way_;
  }
  if (ids.empty()) return;
  for (const auto& source : sources) {
    auto context = make_context();
    if (const auto done = EventLog(*source.pool).keep(context, ids); !done)
      logger_.warning("leases of events could not be kept", {{"reason", done.error().message()}});
  }
}

void Deliverer::prune(const std::vector<EventSource>& sources) {
  const auto now = clock_.steady_now();
  if (now < next_prune_) return;
  next_prune_ = now + kPruneInterval;
  for (const auto& source : sources) {
    for (std::size_t deleted = 1; deleted > 0;) {
      auto context = make_context();
      const auto done = EventLog(*source.pool).prune(context, options_.retention);
      if (!done) logger_.warning("events that are over could not be deleted", {{"reason", done.error().message()}});
      deleted = done.value_or(0);
    }
  }
}

}  // namespace busflow::graphql_events
