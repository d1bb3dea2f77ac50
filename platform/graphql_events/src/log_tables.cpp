#include "log_tables.hpp"

#include <fmt/format.h>

#include <platform/postgres/identifier.hpp>

namespace busflow::graphql_events {
namespace {

using postgres::Transaction;

constexpr std::int64_t kOldestVersion = 120000;  // Before, a lock on the whole log was needed for each new partition.

// As the reference lays them out, so that a database can change hands; `position`, `ordering_key` and `queued` are
// ours; the last one is the lease's time where it is that of a reservation (row_queue.hpp).
constexpr auto kCreateEvents = R"sql(
CREATE TABLE hdb_catalog.event_log (
  id text NOT NULL DEFAULT gen_random_uuid()::text,
  schema_name text NOT NULL,
  table_name text NOT NULL,
  trigger_name text NOT NULL,
  payload jsonb NOT NULL,
  delivered boolean NOT NULL DEFAULT false,
  error boolean NOT NULL DEFAULT false,
  tries integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  locked timestamptz,
  next_retry_at timestamptz,
  archived boolean NOT NULL DEFAULT false,
  position bigint GENERATED ALWAYS AS IDENTITY,
  ordering_key text,
  queued timestamptz) PARTITION BY RANGE (created_at);
)sql";
constexpr auto kCreateCalls = R"sql(
CREATE TABLE hdb_catalog.event_invocation_logs (
  id text NOT NULL DEFAULT gen_random_uuid()::text,
  trigger_name text,
  event_id text,
  status integer,
  request json,
  response json,
  created_at timestamptz NOT NULL DEFAULT now()) PARTITION BY RANGE (created_at);
)sql";

// The few events that are open, and those that failed, are found among all that were delivered.
constexpr auto kEventIndexes = R"sql(
ALTER TABLE hdb_catalog.{0} ADD PRIMARY KEY (id);
CREATE INDEX ON hdb_catalog.{0} (position) WHERE NOT delivered AND NOT error AND NOT archived;
CREATE INDEX ON hdb_catalog.{0} (trigger_name, ordering_key, position)
  WHERE NOT delivered AND NOT error AND NOT archived AND ordering_key IS NOT NULL;
CREATE INDEX ON hdb_catalog.{0} (created_at)
  WHERE NOT delivered AND NOT error AND NOT archived AND ordering_key IS NOT NULL;
CREATE INDEX ON hdb_catalog.{0} (created_at) WHERE error;
CREATE INDEX ON hdb_catalog.{0} (trigger_name, created_at);
)sql";
constexpr auto kCallIndexes = R"sql(
ALTER TABLE hdb_catalog.{0} ADD PRIMARY KEY (id);
CREATE INDEX ON hdb_catalog.{0} (event_id);
)sql";

// The reference's rows get a position of 0, which costs nothing, because a default that is constant is not written into
// the rows; only those that are open are numbered.
constexpr auto kAdaptEvents = R"sql(
DO $do$
DECLARE
  sequence text;
  last bigint;
BEGIN
  ALTER TABLE hdb_catalog.event_log ADD COLUMN IF NOT EXISTS position bigint NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS ordering_key text, ADD COLUMN IF NOT EXISTS queued timestamptz;
  sequence := pg_get_serial_sequence('hdb_catalog.event_log', 'position');
  IF sequence IS NULL THEN
    UPDATE hdb_catalog.event_log l SET position = o.number
      FROM (SELECT id, row_number() OVER (ORDER BY created_at, id) AS number FROM hdb_catalog.event_log
             WHERE NOT delivered AND NOT error AND NOT archived) o
     WHERE l.id = o.id;
    GET DIAGNOSTICS last = ROW_COUNT;
    ALTER TABLE hdb_catalog.event_log ALTER COLUMN position DROP DEFAULT;
  ELSE
    EXECUTE 'SELECT last_value FROM ' || sequence INTO last;
    ALTER TABLE hdb_catalog.event_log ALTER COLUMN position DROP IDENTITY;
  END IF;
  PERFORM set_config('busflow.next_position', (last + 1)::text, true);
END $do$;
CREATE INDEX IF NOT EXISTS event_log_open ON hdb_catalog.event_log (position)
  WHERE NOT delivered AND NOT error AND NOT archived;
CREATE INDEX IF NOT EXISTS event_log_open_by_key ON hdb_catalog.event_log (trigger_name, ordering_key, position)
  WHERE NOT delivered AND NOT error AND NOT archived AND ordering_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS event_log_failed ON hdb_catalog.event_log (created_at) WHERE error;
DROP INDEX IF EXISTS hdb_catalog.event_log_over;
)sql";
constexpr auto kAdaptCalls = R"sql(
DO $do$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                  WHERE i.indrelid = 'hdb_catalog.event_invocation_logs'::regclass AND a.attname = 'event_id') THEN
    CREATE INDEX ON hdb_catalog.event_invocation_logs (event_id);
  END IF;
END $do$;
)sql";

// Asked beforehand: ALTER TABLE locks the log also when there is nothing to add.
constexpr auto kCompleteEvents = R"sql(
DO $do$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'hdb_catalog.event_log'::regclass AND attname = 'queued') THEN
    ALTER TABLE hdb_catalog.event_log ADD COLUMN queued timestamptz;
  END IF;
END $do$;
)sql";

// The table becomes the partition of everything up to the day after tomorrow: in no time zone is it later now. It goes
// by the type that created_at has; the reference's is without time zone. Rows of no time or of later cannot be right.
constexpr auto kConvert = R"sql(
DO $do$
DECLARE
  boundary constant text := (now()::date + 2)::text;
  each record;
BEGIN
  FOR each IN SELECT conname, conrelid::regclass AS holder FROM pg_constraint
               WHERE contype = 'f' AND confrelid = 'hdb_catalog.{0}'::regclass LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', each.holder, each.conname);
  END LOOP;
  EXECUTE format('UPDATE hdb_catalog.{0} SET created_at = now() WHERE created_at IS NULL OR created_at >= %L', boundary);
  ALTER TABLE hdb_catalog.{0} ALTER COLUMN created_at SET NOT NULL;
  ALTER TABLE hdb_catalog.{0} RENAME TO {0}_before;
  CREATE TABLE hdb_catalog.{0} (LIKE hdb_catalog.{0}_before INCLUDING DEFAULTS) PARTITION BY RANGE (created_at);
  EXECUTE format('ALTER TABLE hdb_catalog.{0} ATTACH PARTITION hdb_catalog.{0}_before FOR VALUES FROM (MINVALUE) TO (%L)',
                 boundary);
  FOR each IN SELECT relowner::regrole AS owner FROM pg_class
               WHERE oid = 'hdb_catalog.{0}_before'::regclass AND relowner::regrole::text <> quote_ident(current_user) LOOP
    EXECUTE format('ALTER TABLE hdb_catalog.{0} OWNER TO %s', each.owner);
  END LOOP;
  FOR each IN SELECT a.privilege_type AS privilege, a.is_grantable,
                     CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS grantee
                FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = 'hdb_catalog.{0}_before'::regclass LOOP
    EXECUTE format('GRANT %s ON hdb_catalog.{0} TO %s', each.privilege, each.grantee)
      || CASE WHEN each.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END;
  END LOOP;
END $do$;
)sql";
constexpr auto kNumberOn = R"sql(
DO $do$ BEGIN
  EXECUTE format('ALTER TABLE hdb_catalog.event_log ALTER COLUMN position ADD GENERATED ALWAYS AS IDENTITY (START WITH %s)',
                 current_setting('busflow.next_position'));
END $do$;
)sql";

// Not where the default partition has rows of the day: it would have to give them away first. Days end by UTC; for a
// created_at without time zone, by whatever clock wrote it.
constexpr auto kMissingDays = R"sql(
WITH made AS (
  SELECT max(substring(pg_get_expr(c.relpartbound, c.oid) FROM $re$TO \('([^']+)'\)$re$)::timestamp) AS until
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'hdb_catalog.{0}'::regclass)
SELECT to_char(day, '"{0}_"YYYYMMDD') AS name, day::date::text AS first, (day::date + 1)::text AS next
  FROM made, generate_series(now()::date, now()::date + 3, '1 day') AS day
 WHERE day >= coalesce(made.until, '-infinity')
   AND to_regclass(to_char(day, '"hdb_catalog.{0}_"YYYYMMDD')) IS NULL
   AND NOT EXISTS (SELECT FROM hdb_catalog.{0}_default d WHERE d.created_at >= day AND d.created_at < day + interval '1 day'))sql";

bool holds_events(std::string_view log) { return log == kLogs[0]; }

template <class... Values>
std::string fill(std::string_view sql, const Values&... values) {
  return fmt::format(fmt::runtime(sql), values...);
}

std::string make_partition(std::string_view log, std::string_view name, std::string_view bounds) {
  // Attached, not made as a partition: that would lock the whole log for a moment.
  return fmt::format("CREATE TABLE hdb_catalog.{} (LIKE hdb_catalog.{} INCLUDING DEFAULTS);\n", name, log) +
         fill(holds_events(log) ? kEventIndexes : kCallIndexes, name) +
         fmt::format("ALTER TABLE hdb_catalog.{} ATTACH PARTITION hdb_catalog.{} {};\n", log, name, bounds);
}

std::string convert(std::string_view log) {
  return holds_events(log) ? kAdaptEvents + fill(kConvert, log) + kNumberOn : kAdaptCalls + fill(kConvert, log);
}

/// Calls before events, as who concludes an event locks them.
constexpr auto kLockPlain = R"sql(
DO $do$
DECLARE names text;
BEGIN
  SELECT string_agg(oid::regclass::text, ', ' ORDER BY relname) INTO names FROM pg_class
   WHERE relnamespace = 'hdb_catalog'::regnamespace AND relname IN ('event_log', 'event_invocation_logs') AND relkind = 'r';
  IF names IS NOT NULL THEN EXECUTE 'LOCK TABLE ' || names || ' IN ACCESS EXCLUSIVE MODE'; END IF;
END $do$;
)sql";

/// 'r': a plain table, 'p': a partitioned one; empty: none.
Result<std::string> kind_of(Transaction& transaction, std::string_view log) {
  BUSFLOW_TRY(const auto rows, transaction.run(fmt::format(
                                   "SELECT relkind FROM pg_class WHERE oid = to_regclass('hdb_catalog.{}')", log)));
  return rows.empty() ? std::string() : std::string(rows.text(0, 0));
}

Result<void> check_version(Transaction& transaction) {
  BUSFLOW_TRY(const auto rows,
              transaction.run("SELECT current_setting('server_version_num'), current_setting('server_version')"));
  if (rows.integer(0, std::size_t{0}) >= kOldestVersion) return {};
  return fail(ErrorName::kInvalidMetadata,
              fmt::format("event triggers need PostgreSQL 12 or later, because their log is partitioned; this is {}",
                          rows.text(0, 1)));
}

}  // namespace

Result<void> lock_partitions(Transaction& transaction) {
  return transaction.script("SELECT pg_advisory_xact_lock(hashtext('hdb_catalog.event_log'))");
}

Result<void> prepare_log(Transaction& transaction) {
  BUSFLOW_CHECK(check_version(transaction));
  BUSFLOW_CHECK(lock_partitions(transaction));
  BUSFLOW_CHECK(transaction.script(
      std::string("CREATE SCHEMA IF NOT EXISTS hdb_catalog;\nSET LOCAL timezone = 'UTC';\n") + kLockPlain));
  for (const std::string_view log : kLogs) {
    BUSFLOW_TRY(const std::string kind, kind_of(transaction, log));
    if (kind == "p") continue;
    const std::string made = holds_events(log) ? kCreateEvents : kCreateCalls;
    BUSFLOW_CHECK(transaction.script((kind.empty() ? made : convert(log)) +
                                     make_partition(log, fmt::format("{}_default", log), "DEFAULT")));
  }
  BUSFLOW_CHECK(transaction.script(kCompleteEvents));  // One that an earlier version has made.
  return make_partitions(transaction);
}

Result<void> make_partitions(Transaction& transaction) {
  BUSFLOW_CHECK(transaction.script("SET LOCAL timezone = 'UTC'"));
  for (const std::string_view log : kLogs) {
    BUSFLOW_TRY(const auto days, transaction.run(fill(kMissingDays, log)));
    for (std::size_t row = 0; row < days.size(); ++row) {
      const auto bounds =
          fmt::format("FOR VALUES FROM ('{}') TO ('{}')", days.text(row, "first"), days.text(row, "next"));
      BUSFLOW_CHECK(transaction.script(make_partition(log, days.text(row, "name"), bounds)));
    }
  }
  return {};
}

Result<void> keep_partitions(Context& context, postgres::Pool& pool) {
  return pool.transact(context, {}, [](Transaction& transaction) -> Result<void> {
    BUSFLOW_CHECK(transaction.script("SET LOCAL lock_timeout = '1s'"));
    BUSFLOW_CHECK(lock_partitions(transaction));
    return make_partitions(transaction);
  });
}

}  // namespace busflow::graphql_events
