#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include <platform/base/result.hpp>
#include <platform/graphql_events/queue.hpp>
#include <platform/postgres/pool.hpp>

/// The log of events and that of calls: hdb_catalog.event_log and hdb_catalog.event_invocation_logs, each partitioned
/// by the day on which its rows were made (UTC), so that a day that is over goes at once instead of row by row.
///
/// A key of a partitioned table would have to contain the day; each partition has one on the id alone instead. Over all
/// of them an id is unique because it is a random uuid. What looks for an id asks every partition's index, unless it
/// knows created_at, too.
namespace busflow::graphql_events {

/// The first is pruned first: calls are kept for as long as their event may be of interest.
constexpr std::array<std::string_view, 2> kLogs = {"event_log", "event_invocation_logs"};

/// The lock of whoever changes which partitions there are, for the rest of the transaction. Waits until it is free, or
/// for lock_timeout.
Result<void> lock_partitions(postgres::Transaction& transaction);

/// Makes the logs where there are none. Those that are not partitioned, of the reference or of earlier versions, become
/// a partition: nothing is copied. All in the caller's transaction: what is killed has changed nothing, and who comes
/// second waits. Fails on PostgreSQL before 12.
Result<void> prepare_log(postgres::Transaction& transaction);

/// Partitions for today and some days ahead; rows of days that have none go to the default one. The caller has
/// locked them.
Result<void> make_partitions(postgres::Transaction& transaction);

/// The same in a transaction of its own.
Result<void> keep_partitions(Context& context, postgres::Pool& pool);

/// One look over all partitions: those that are over are dropped, of others what is over is deleted, some at a time.
/// How many were changed; 0 when nothing is left to be done, or what is left is in use.
Result<std::size_t> prune_log(Context& context, postgres::Pool& pool, const Retention& retention);

}  // namespace busflow::graphql_events
