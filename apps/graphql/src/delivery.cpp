#include "delivery.hpp"

#include <algorithm>

#include <platform/graphql_events/actions.hpp>
#include <platform/redis/address.hpp>

namespace busflow::graphql_app {
namespace {

Result<graphql_events::Retention> events_retention(const Configuration& configuration) {
  constexpr std::int64_t kMostHours = std::int64_t{10} * 366 * 24;
  BUSFLOW_TRY(const auto over, configuration.integer("EVENTS_RETENTION"));
  std::int64_t failed = std::min(4 * std::min(over, kMostHours), kMostHours);
  if (!configuration.text("EVENTS_ERROR_RETENTION").empty()) {
    BUSFLOW_TRY(failed, configuration.integer("EVENTS_ERROR_RETENTION"));
  }
  if (over < 1 || over > kMostHours || failed > kMostHours)
    return fail(
        ErrorName::kInvalidSetting,
        "HASURA_GRAPHQL_EVENTS_RETENTION and HASURA_GRAPHQL_EVENTS_ERROR_RETENTION take hours, from 1 to ten years");
  if (failed < over)
    return fail(ErrorName::kInvalidSetting,
                "HASURA_GRAPHQL_EVENTS_ERROR_RETENTION must not be less than HASURA_GRAPHQL_EVENTS_RETENTION");
  return graphql_events::Retention{.over = std::chrono::hours(over), .failed = std::chrono::hours(failed)};
}

Result<graphql_events::DelivererOptions> deliverer_options(const Configuration& configuration) {
  graphql_events::DelivererOptions options;
  BUSFLOW_TRY(const auto batch, configuration.integer("EVENTS_FETCH_BATCH_SIZE"));
  BUSFLOW_TRY(const auto threads, configuration.integer("EVENTS_HTTP_POOL_SIZE"));
  BUSFLOW_TRY(const auto lease, configuration.integer("EVENTS_LEASE"));
  BUSFLOW_TRY(options.retention, events_retention(configuration));
  if (batch < 1 || threads < 1 || lease < 1)
    return fail(ErrorName::kInvalidSetting, "HASURA_GRAPHQL_EVENTS_… take positive numbers; the interval may be 0");
  options.batch = static_cast<std::size_t>(batch);
  options.threads = static_cast<std::size_t>(threads);
  options.lease = std::chrono::seconds(lease);
  if (const std::string& address = configuration.text("REDIS_URL"); !address.empty()) {
    const auto redis = redis::parse_address(address);
    if (!redis) return fail(redis.error().name, "HASURA_GRAPHQL_REDIS_URL: " + redis.error().detail);
    options.jobs = graphql_events::JobQueueOptions{.redis = *redis, .queue = {}};
  }
  return options;
}

/// Whether this instance has anything to do: calls are looked for, or others send some.
bool has_work(const graphql_events::DelivererOptions& options) {
  return options.interval.count() > 0 || options.jobs.has_value();
}

/// The queues of the metadata in force; made anew when that is another.
class CurrentQueues {
 public:
  CurrentQueues(graphql_metadata::Service& service, postgres::Pool& metadata_pool, const Clock& clock)
      : service_(service), metadata_pool_(metadata_pool), clock_(clock) {}

  graphql_events::Deliverer::Queues operator()() {
    const auto snapshot = service_.snapshot();
    if (snapshot->metadata != metadata_) {
      queues_ = make(*snapshot);
      metadata_ = snapshot->metadata;
    }
    return queues_;
  }

 private:
  graphql_events::Deliverer::Queues make(const graphql_metadata::Snapshot& snapshot) const {
    const auto& metadata = snapshot.metadata;
    const auto& environment = service_.pools().environment();
    graphql_events::Deliverer::Queues queues{
        graphql_events::cron_queue(metadata, snapshot.resource_version, metadata_pool_, environment, clock_),
        graphql_events::one_off_queue(metadata_pool_, environment)};
    const auto has_triggers = [](const auto& table) { return !table->event_triggers.empty(); };
    for (const auto& source : metadata->sources) {
      if (std::ranges::none_of(source.tables, has_triggers)) continue;
      // Without a pool the source is inconsistent, which the metadata API shows.
      if (const auto pool = service_.pools().pool(source))
        queues.push_back(graphql_events::event_queue({metadata, &source}, *pool, environment));
    }
    return queues;
  }

  graphql_metadata::Service& service_;
  postgres::Pool& metadata_pool_;
  const Clock& clock_;
  std::shared_ptr<const graphql::metadata::Metadata> metadata_;
  graphql_events::Deliverer::Queues queues_;
};

/// The queue of the asynchronous actions of the metadata in force.
class CurrentActions {
 public:
  CurrentActions(graphql_metadata::Service& service, postgres::Pool& metadata_pool,
                 const graphql_webhooks::ActionCaller& caller)
      : service_(service), metadata_pool_(metadata_pool), caller_(caller) {}

  graphql_events::Deliverer::Queues operator()() {
    const auto metadata = service_.snapshot()->metadata;
    if (metadata != metadata_) {
      queues_ = {graphql_events::action_queue(metadata, metadata_pool_, caller_)};
      metadata_ = metadata;
    }
    return queues_;
  }

 private:
  graphql_metadata::Service& service_;
  postgres::Pool& metadata_pool_;
  const graphql_webhooks::ActionCaller& caller_;
  std::shared_ptr<const graphql::metadata::Metadata> metadata_;
  graphql_events::Deliverer::Queues queues_;
};

}  // namespace

Result<DeliveryOptions> DeliveryOptions::read(const Configuration& configuration) {
  BUSFLOW_TRY(const auto common, deliverer_options(configuration));
  BUSFLOW_TRY(const auto interval, configuration.integer("EVENTS_FETCH_INTERVAL"));
  BUSFLOW_TRY(const auto actions_interval, configuration.integer("ASYNC_ACTIONS_FETCH_INTERVAL"));
  DeliveryOptions options{.events = common, .actions = common};
  options.events.interval = std::chrono::milliseconds(interval);
  options.actions.interval = std::chrono::milliseconds(actions_interval);
  return options;
}

Result<void> DeliveryOptions::name_job_queues(Context& context, graphql_metadata::Service& service) {
  BUSFLOW_TRY(const std::string database, service.database_id(context));
  if (auto& jobs = events.jobs) jobs->queue = "graphql-events-" + database;
  if (auto& jobs = actions.jobs) jobs->queue = "graphql-actions-" + database;
  return {};
}

Delivery::Delivery(const DeliveryOptions& options, graphql_metadata::Service& service, postgres::Pool& metadata_pool,
                   const graphql_webhooks::ActionCaller& caller, const graphql_events::DelivererParts& parts)
    : delivers_events_(has_work(options.events)),
      makes_actions_(has_work(options.actions)),
      events_(options.events, CurrentQueues(service, metadata_pool, parts.clock), parts),
      actions_(options.actions, CurrentActions(service, metadata_pool, caller), parts) {}

void Delivery::spawn(runtime::TaskScope& tasks) {
  if (delivers_events_) tasks.spawn("events", [this](const std::stop_token& token) { events_.run(token); });
  if (makes_actions_) tasks.spawn("actions", [this](const std::stop_token& token) { actions_.run(token); });
}

}  // namespace busflow::graphql_app
