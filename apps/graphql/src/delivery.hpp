#pragma once

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>
#include <platform/graphql_events/deliverer.hpp>
#include <platform/graphql_metadata/service.hpp>
#include <platform/graphql_webhooks/action_caller.hpp>
#include <platform/postgres/pool.hpp>
#include <platform/runtime/task_scope.hpp>

#include "configuration.hpp"

namespace busflow::graphql_app {

/// By the settings HASURA_GRAPHQL_EVENTS_…, …_ASYNC_ACTIONS_FETCH_INTERVAL and …_REDIS_URL.
struct DeliveryOptions {
  graphql_events::DelivererOptions events;  ///< Of event triggers, cron triggers and scheduled events.
  graphql_events::DelivererOptions actions;

  /// kInvalidSetting names the variable; never its value.
  static Result<DeliveryOptions> read(const Configuration& configuration);
  /// Job queues, where there are some, are those of this metadata database: others may be in the same Redis.
  Result<void> name_job_queues(Context& context, graphql_metadata::Service& service);
};

/// Delivers events, and makes the calls of asynchronous actions.
class Delivery {
 public:
  /// References outlive it.
  Delivery(const DeliveryOptions& options, graphql_metadata::Service& service, postgres::Pool& metadata_pool,
           const graphql_webhooks::ActionCaller& caller, const graphql_events::DelivererParts& parts);

  /// What the settings ask of this instance, as tasks. Outlives them.
  void spawn(runtime::TaskScope& tasks);

 private:
  const bool delivers_events_;
  const bool makes_actions_;
  graphql_events::Deliverer events_;
  graphql_events::Deliverer actions_;
};

}  // namespace busflow::graphql_app
