#include <array>

#include <fmt/format.h>

#include <platform/postgres/transaction.hpp>

#include "operations/call.hpp"

/// What happened to events: looked at, made by hand, delivered once more. The log itself is graphql_events'.
namespace busflow::graphql_metadata {
namespace {

using graphql::metadata::Source;

constexpr postgres::Statement kInvoke{"graphql_metadata.invoke_event_trigger", R"sql(
SELECT hdb_catalog.busflow_log_event($1, $2, $3, 'MANUAL', json_build_object('old', NULL, 'new', $4::json), NULL))sql"};
constexpr postgres::Statement kRedeliver{"graphql_metadata.redeliver_event", R"sql(
UPDATE hdb_catalog.event_log
   SET delivered = false, error = false, archived = false, tries = 0, locked = NULL, next_retry_at = NULL
 WHERE id = $1 RETURNING id)sql"};
constexpr postgres::Statement kLogs{"graphql_metadata.event_logs", R"sql(
SELECT coalesce(json_agg(row_to_json(e)), '[]') FROM (
  SELECT id, schema_name, table_name, trigger_name, payload, delivered, error, tries, created_at, locked, next_retry_at, archived
    FROM hdb_catalog.event_log
   WHERE trigger_name = $1 AND NOT archived AND ($2 = 'all' OR delivered OR error)
   ORDER BY created_at DESC, position DESC LIMIT $3::integer OFFSET $4::integer) e)sql"};
// Apart, so that the index of open events is used whatever the values.
constexpr postgres::Statement kPending{"graphql_metadata.pending_events", R"sql(
SELECT coalesce(json_agg(row_to_json(e)), '[]') FROM (
  SELECT id, schema_name, table_name, trigger_name, payload, delivered, error, tries, created_at, locked, next_retry_at, archived
    FROM hdb_catalog.event_log
   WHERE trigger_name = $1 AND NOT delivered AND NOT error AND NOT archived
   ORDER BY created_at DESC, position DESC LIMIT $2::integer OFFSET $3::integer) e)sql"};
constexpr postgres::Statement kInvocations{"graphql_metadata.event_invocations", R"sql(
SELECT coalesce(json_agg(row_to_json(i)), '[]') FROM (
  SELECT id, trigger_name, event_id, status AS http_status, request, response, created_at
    FROM hdb_catalog.event_invocation_logs
   WHERE $1::text IS NULL OR trigger_name = $1
   ORDER BY created_at DESC LIMIT $2::integer OFFSET $3::integer) i)sql"};
constexpr postgres::Statement kInvocationsOfEvent{"graphql_metadata.invocations_of_event", R"sql(
SELECT coalesce(json_agg(row_to_json(i)), '[]') FROM (
  SELECT id, trigger_name, event_id, status AS http_status, request, response, created_at
    FROM hdb_catalog.event_invocation_logs
   WHERE event_id = $1 AND ($2::text IS NULL OR trigger_name = $2)
   ORDER BY created_at DESC LIMIT $3::integer OFFSET $4::integer) i)sql"};
constexpr postgres::Statement kById{"graphql_metadata.event_by_id", R"sql(
SELECT row_to_json(e) FROM (
  SELECT id, schema_name, table_name, trigger_name, payload, delivered, error, tries, created_at, locked, next_retry_at, archived
    FROM hdb_catalog.event_log WHERE id = $1) e)sql"};

Outcome<TriggerPlace> find_trigger(Call& call, const std::string& name) {
  BUSFLOW_TRY(const Source* source, call.draft.source(call.args.source()));
  const TriggerPlace place = find_event_trigger(*source, name);
  if (place.trigger == nullptr) return std::unexpected(no_event_trigger(name));
  return place;
}

/// One value out of the source's database; null when there is no row.
Outcome<json::Value> ask(Call& call, const postgres::Statement& statement, const postgres::Parameters& parameters) {
  BUSFLOW_TRY(const auto pool, call.draft.pool(call.args.source()));
  BUSFLOW_TRY(const std::string text,
              pool->transact(call.draft.context(), {}, [&](postgres::Transaction& transaction) -> Result<std::string> {
                BUSFLOW_TRY(const auto rows, transaction.execute(statement, parameters));
                return rows.empty() || rows.is_null(0, 0) ? std::string("null") : std::string(rows.text(0, 0));
              }));
  auto parsed = json::parse(text);
  return parsed ? std::move(*parsed) : json::Value(text);  // An id is no JSON.
}

Outcome<json::Value> invoke_event_trigger(Call& call) {
  BUSFLOW_TRY(const std::string name, call.args.text("name"));
  BUSFLOW_TRY(const json::Value* payload, call.args.required("payload"));
  BUSFLOW_TRY(const TriggerPlace place, find_trigger(call, name));
  if (!place.trigger->enable_manual)
    return refuse("not-supported", fmt::format("manual mode is not enabled for event trigger: {}", name));
  BUSFLOW_TRY(json::Value id,
              ask(call, kInvoke, {place.table->name.schema, place.table->name.name, name, json::serialize(*payload)}));
  return json::Object{{"event_id", std::move(id)}};
}

Outcome<json::Value> redeliver_event(Call& call) {
  BUSFLOW_TRY(const std::string id, call.args.text("event_id"));
  BUSFLOW_TRY(const json::Value found, ask(call, kRedeliver, {id}));
  if (found.is_null()) return refuse("not-exists", fmt::format("event \"{}\" does not exist", id));
  return success();
}

Outcome<json::Value> get_event_logs(Call& call) {
  BUSFLOW_TRY(const std::string name, call.args.text("name"));
  BUSFLOW_CHECK(find_trigger(call, name));
  const std::string status = call.args.text_or("status", "all");
  if (status != "all" && status != "pending" && status != "processed")
    return refuse("parse-failed", "status is all, pending or processed", "$.args.status");
  const std::string limit = call.args.count("limit", 100);
  const std::string offset = call.args.count("offset", 0);
  // "pending": not over; "processed": delivered or given up.
  if (status == "pending") return ask(call, kPending, {name, limit, offset});
  return ask(call, kLogs, {name, status, limit, offset});
}

Outcome<json::Value> get_event_invocation_logs(Call& call) {
  const std::string name = call.args.text_or("name", "");
  const std::string id = call.args.text_or("event_id", "");
  const std::string limit = call.args.count("limit", 100);
  const std::string offset = call.args.count("offset", 0);
  const auto of_trigger = name.empty() ? postgres::Parameter() : postgres::Parameter(name);
  return id.empty() ? ask(call, kInvocations, {of_trigger, limit, offset})
                    : ask(call, kInvocationsOfEvent, {id, of_trigger, limit, offset});
}

Outcome<json::Value> get_event_by_id(Call& call) {
  BUSFLOW_TRY(const std::string id, call.args.text("event_id"));
  BUSFLOW_TRY(json::Value event, ask(call, kById, {id}));
  if (event.is_null()) return refuse("not-exists", fmt::format("event \"{}\" does not exist", id));
  BUSFLOW_TRY(json::Value invocations, ask(call, kInvocationsOfEvent,
                                           {id, std::nullopt, call.args.count("invocation_log_limit", 100),
                                            call.args.count("invocation_log_offset", 0)}));
  return json::Object{{"event", std::move(event)}, {"invocations", std::move(invocations)}};
}

constexpr std::array kOperations = {
    Operation{"invoke_event_trigger", invoke_event_trigger},
    Operation{"redeliver_event", redeliver_event},
    Operation{"get_event_logs", get_event_logs},
    Operation{"get_event_invocation_logs", get_event_invocation_logs},
    Operation{"get_event_by_id", get_event_by_id},
};

}  // namespace

std::span<const Operation> event_log_operations() { return kOperations; }

}  // namespace busflow::graphql_metadata
