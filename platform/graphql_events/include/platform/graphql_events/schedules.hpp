#pragma once

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>
#include <platform/graphql/metadata.hpp>
#include <platform/postgres/pool.hpp>

/// The tables of cron triggers and scheduled events, in the database that holds the metadata
/// (hasura.io/docs/2.0/scheduled-triggers/overview).
namespace busflow::graphql_events {

/// Makes the tables where they are not there yet.
Result<void> prepare_schedules(Context& context, postgres::Pool& pool);

/// Whether expression and time zone can be read. kBadRequest says what is wrong.
Result<void> check_schedule(const graphql::metadata::CronTrigger& trigger);

/// Takes back the runs that were planned for triggers that are gone now, or run at other times. To be called when the
/// new metadata is stored: from then on nobody plans by the old one.
Result<void> forget_plans(Context& context, postgres::Pool& pool, const graphql::metadata::Metadata& before,
                          const graphql::metadata::Metadata& after);

}  // namespace busflow::graphql_events
