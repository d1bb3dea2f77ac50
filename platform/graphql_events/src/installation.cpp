#include <platform/graphql_events/installation.hpp>

#include <map>

#include "trigger_sql.hpp"

namespace busflow::graphql_events {
namespace {

// As the reference lays it out, so that a database can change hands; `position` and `ordering_key` are ours.
// Undelivered events are few among those that were, which the indexes know.
constexpr auto kPrepare = R"sql(
SELECT pg_advisory_xact_lock(hashtext('hdb_catalog.event_log'));
CREATE SCHEMA IF NOT EXISTS hdb_catalog;
CREATE TABLE IF NOT EXISTS hdb_catalog.event_log (
  id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
  schema_name text NOT NULL,
  table_name text NOT NULL,
  trigger_name text NOT NULL,
  payload jsonb NOT NULL,
  delivered boolean NOT NULL DEFAULT false,
  error boolean NOT NULL DEFAULT false,
  tries integer NOT NULL DEFAULT 0,
  created_at timestamptz DEFAULT now(),
  locked timestamptz,
  next_retry_at timestamptz,
  archived boolean NOT NULL DEFAULT false);
ALTER TABLE hdb_catalog.event_log ADD COLUMN IF NOT EXISTS position bigint GENERATED ALWAYS AS IDENTITY;
ALTER TABLE hdb_catalog.event_log ADD COLUMN IF NOT EXISTS ordering_key text;
CREATE INDEX IF NOT EXISTS event_log_open ON hdb_catalog.event_log (position)
  WHERE NOT delivered AND NOT error AND NOT archived;
CREATE INDEX IF NOT EXISTS event_log_open_by_key ON hdb_catalog.event_log (trigger_name, ordering_key, position)
  WHERE NOT delivered AND NOT error AND NOT archived AND ordering_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS event_log_by_trigger ON hdb_catalog.event_log (trigger_name, created_at);
CREATE INDEX IF NOT EXISTS event_log_over ON hdb_catalog.event_log (created_at) WHERE delivered OR error OR archived;
CREATE TABLE IF NOT EXISTS hdb_catalog.event_invocation_logs (
  id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
  trigger_name text,
  event_id text,
  status integer,
  request json,
  response json,
  created_at timestamptz DEFAULT now());
CREATE INDEX IF NOT EXISTS event_invocation_logs_by_event ON hdb_catalog.event_invocation_logs (event_id);
CREATE OR REPLACE FUNCTION hdb_catalog.busflow_log_event(
    of_schema text, of_table text, event_trigger text, operation text, data json, key text) RETURNS text
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $function$
  INSERT INTO hdb_catalog.event_log (schema_name, table_name, trigger_name, payload, ordering_key)
  VALUES (of_schema, of_table, event_trigger,
          json_build_object('op', operation, 'data', data,
                            'session_variables', nullif(current_setting('hasura.user', true), '')::json,
                            'trace_context', nullif(current_setting('hasura.tracecontext', true), '')::json)::jsonb,
          key)
  RETURNING id $function$;
)sql";

constexpr postgres::Statement kInstalled{"graphql_events.installed", R"sql(
SELECT t.tgname, coalesce(obj_description(p.oid, 'pg_proc'), '') AS mark
  FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE n.nspname = 'hdb_catalog' AND t.tgname LIKE 'notify\_hasura\_%' AND NOT t.tgisinternal)sql"};

constexpr auto kRemove = R"sql(
DROP TABLE IF EXISTS hdb_catalog.event_log, hdb_catalog.event_invocation_logs;
DROP FUNCTION IF EXISTS hdb_catalog.busflow_log_event(text, text, text, text, json, text);
)sql";

Result<std::map<std::string, std::string>> installed(postgres::Transaction& transaction) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kInstalled));
  std::map<std::string, std::string> marks;
  for (std::size_t row = 0; row < rows.size(); ++row)
    marks.emplace(std::string(rows.text(row, "tgname")), std::string(rows.text(row, "mark")));
  return marks;
}

}  // namespace

Result<void> install(Context& context, postgres::Pool& pool, const graphql::metadata::Source& source) {
  std::vector<TriggerSql> wanted;
  for (const auto& table : source.tables) {
    for (const auto& trigger : table->event_triggers) {
      for (auto& sql : triggers_of(table->name, trigger)) wanted.push_back(std::move(sql));
    }
  }
  return pool.transact(context, {}, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_TRY(auto present, installed(transaction));
    std::string script;
    for (const TriggerSql& sql : wanted) {
      const auto known = present.find(sql.name);
      const bool is_same = known != present.end() && known->second == sql.mark;
      if (known != present.end() && !is_same) script += drop_trigger(sql.name);
      if (!is_same) script += sql.create;
      if (known != present.end()) present.erase(known);
    }
    for (const auto& [name, mark] : present) script += drop_trigger(name);
    if (!wanted.empty()) {
      BUSFLOW_CHECK(transaction.script(kPrepare));
    }
    return script.empty() ? Result<void>() : transaction.script(script);
  });
}

Result<void> uninstall(Context& context, postgres::Pool& pool) {
  return pool.transact(context, {}, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_TRY(const auto present, installed(transaction));
    std::string script;
    for (const auto& [name, mark] : present) script += drop_trigger(name);
    return transaction.script(script + kRemove);
  });
}

}  // namespace busflow::graphql_events
