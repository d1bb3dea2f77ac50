#include <platform/graphql_events/installation.hpp>

#include "log_tables.hpp"
#include "trigger_sql.hpp"

namespace busflow::graphql_events {
namespace {

constexpr auto kLogEvent = R"sql(
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

constexpr auto kRemove = R"sql(
DROP TABLE IF EXISTS hdb_catalog.event_log, hdb_catalog.event_invocation_logs;
DROP FUNCTION IF EXISTS hdb_catalog.busflow_log_event(text, text, text, text, json, text);
)sql";

}  // namespace

Result<void> install(Context& context, postgres::Pool& pool, const graphql::metadata::Source& source) {
  std::vector<TriggerSql> wanted;
  for (const auto& table : source.tables) {
    for (const auto& trigger : table->event_triggers) {
      for (auto& sql : triggers_of(reference_log(), table->name, trigger)) wanted.push_back(std::move(sql));
    }
  }
  if (!wanted.empty()) {
    // Apart from the triggers: writers hold a table's lock when they come to the log, not the other way round.
    BUSFLOW_CHECK(pool.transact(context, {}, [&](postgres::Transaction& transaction) -> Result<void> {
      BUSFLOW_CHECK(prepare_log(transaction));
      return transaction.script(kLogEvent);
    }));
  }
  return pool.transact(context, {}, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_CHECK(lock_partitions(transaction));
    return replace_triggers(transaction, reference_log(), wanted);
  });
}

Result<void> uninstall(Context& context, postgres::Pool& pool) {
  return pool.transact(context, {}, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_CHECK(lock_partitions(transaction));
    BUSFLOW_CHECK(replace_triggers(transaction, reference_log(), {}));
    return transaction.script(kRemove);
  });
}

}  // namespace busflow::graphql_events
