#pragma once

#include <memory>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>
#include <platform/graphql/action_log.hpp>
#include <platform/graphql/metadata.hpp>
#include <platform/graphql_events/queue.hpp>
#include <platform/graphql_webhooks/action_caller.hpp>
#include <platform/postgres/pool.hpp>

/// Calls of asynchronous actions (hasura.io/docs/2.0/actions/async-actions): kept in hdb_catalog.hdb_action_log of the
/// database that holds the metadata, and made by a Deliverer.
namespace busflow::graphql_events {

/// Makes the table where it is not there yet.
Result<void> prepare_actions(Context& context, postgres::Pool& pool);

/// The client's side. The pool outlives it.
std::shared_ptr<graphql::ActionLog> action_log(postgres::Pool& pool);

/// The calls that wait. Each is made once, and once more when whoever made it was killed meanwhile: the webhook tells
/// by the Idempotency-Key, the call's id. References outlive the queue.
std::shared_ptr<Queue> action_queue(std::shared_ptr<const graphql::metadata::Metadata> metadata, postgres::Pool& pool,
                                    const graphql_webhooks::ActionCaller& caller);

}  // namespace busflow::graphql_events
