#pragma once

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>
#include <platform/graphql/metadata.hpp>
#include <platform/postgres/pool.hpp>

/// The database side of event triggers (hasura.io/docs/2.0/event-triggers): for each, AFTER ROW triggers that write
/// what happened into hdb_catalog.event_log, in the transaction in which it happened.
namespace busflow::graphql_events {

/// Makes the triggers of the source what its metadata says, and takes others away. What is as it should be is not
/// touched: creating a trigger locks its table for a moment. The log is made where there is none; one that is not
/// partitioned by days becomes a partition (docs/adr/0022). Any number of processes may do it at once. Needs PostgreSQL
/// 12; kInvalidMetadata says so.
Result<void> install(Context& context, postgres::Pool& pool, const graphql::metadata::Source& source);

/// Takes triggers and logs away, undelivered events included.
Result<void> uninstall(Context& context, postgres::Pool& pool);

}  // namespace busflow::graphql_events
