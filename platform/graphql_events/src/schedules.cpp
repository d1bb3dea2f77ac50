#include <platform/graphql_events/schedules.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <platform/cron/schedule.hpp>

namespace busflow::graphql_events {
namespace {

using graphql::metadata::CronTrigger;
using graphql::metadata::Metadata;

// As the reference lays it out; `locked_at` and `queued_at` are ours (row_queue.hpp). The unique index lets any number
// of processes plan.
constexpr auto kPrepare = R"sql(
SELECT pg_advisory_xact_lock(hashtext('hdb_catalog'));
CREATE SCHEMA IF NOT EXISTS hdb_catalog;
CREATE TABLE IF NOT EXISTS hdb_catalog.hdb_cron_events (
  id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
  trigger_name text NOT NULL,
  scheduled_time timestamptz NOT NULL,
  status text NOT NULL DEFAULT 'scheduled' CHECK (status IN ('scheduled', 'locked', 'delivered', 'error', 'dead')),
  tries integer NOT NULL DEFAULT 0,
  created_at timestamptz DEFAULT now(),
  next_retry_at timestamptz);
ALTER TABLE hdb_catalog.hdb_cron_events ADD COLUMN IF NOT EXISTS locked_at timestamptz,
  ADD COLUMN IF NOT EXISTS queued_at timestamptz;
CREATE INDEX IF NOT EXISTS hdb_cron_event_status ON hdb_catalog.hdb_cron_events (status, scheduled_time);
CREATE UNIQUE INDEX IF NOT EXISTS hdb_cron_events_unique_scheduled ON hdb_catalog.hdb_cron_events (trigger_name, scheduled_time)
  WHERE status = 'scheduled';
CREATE TABLE IF NOT EXISTS hdb_catalog.hdb_cron_event_invocation_logs (
  id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
  event_id text REFERENCES hdb_catalog.hdb_cron_events (id) ON DELETE CASCADE ON UPDATE CASCADE,
  status integer, request json, response json, created_at timestamptz DEFAULT now());
CREATE INDEX IF NOT EXISTS hdb_cron_events_invocation_event_id ON hdb_catalog.hdb_cron_event_invocation_logs (event_id);
CREATE TABLE IF NOT EXISTS hdb_catalog.hdb_scheduled_events (
  id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
  webhook_conf json NOT NULL,
  scheduled_time timestamptz NOT NULL,
  retry_conf json, payload json, header_conf json,
  status text NOT NULL DEFAULT 'scheduled' CHECK (status IN ('scheduled', 'locked', 'delivered', 'error', 'dead')),
  tries integer NOT NULL DEFAULT 0,
  created_at timestamptz DEFAULT now(),
  next_retry_at timestamptz,
  comment text);
ALTER TABLE hdb_catalog.hdb_scheduled_events ADD COLUMN IF NOT EXISTS locked_at timestamptz,
  ADD COLUMN IF NOT EXISTS queued_at timestamptz;
CREATE INDEX IF NOT EXISTS hdb_scheduled_event_status ON hdb_catalog.hdb_scheduled_events (status, scheduled_time);
CREATE TABLE IF NOT EXISTS hdb_catalog.hdb_scheduled_event_invocation_logs (
  id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
  event_id text REFERENCES hdb_catalog.hdb_scheduled_events (id) ON DELETE CASCADE ON UPDATE CASCADE,
  status integer, request json, response json, created_at timestamptz DEFAULT now());
CREATE INDEX IF NOT EXISTS hdb_scheduled_event_invocation_event_id
  ON hdb_catalog.hdb_scheduled_event_invocation_logs (event_id);
)sql";

constexpr postgres::Statement kForget{
    "graphql_events.forget_plans",
    "DELETE FROM hdb_catalog.hdb_cron_events WHERE trigger_name = $1 AND status = 'scheduled' AND tries = 0"};

}  // namespace

Result<void> prepare_schedules(Context& context, postgres::Pool& pool) {
  return pool.transact(context, {}, [](postgres::Transaction& transaction) { return transaction.script(kPrepare); });
}

Result<void> check_schedule(const CronTrigger& trigger) {
  BUSFLOW_CHECK(cron::Schedule::parse(trigger.schedule, trigger.timezone.value_or("")));
  return {};
}

Result<void> forget_plans(Context& context, postgres::Pool& pool, const Metadata& before, const Metadata& after) {
  for (const CronTrigger& trigger : before.cron_triggers) {
    const auto now = std::ranges::find(after.cron_triggers, trigger.name, &CronTrigger::name);
    if (now != after.cron_triggers.end() && now->schedule == trigger.schedule && now->timezone == trigger.timezone)
      continue;
    BUSFLOW_CHECK(pool.transact(
        context, {}, [&](postgres::Transaction& transaction) { return transaction.change(kForget, {trigger.name}); }));
  }
  return {};
}

}  // namespace busflow::graphql_events
