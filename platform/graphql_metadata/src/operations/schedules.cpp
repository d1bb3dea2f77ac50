#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <platform/postgres/array_literal.hpp>
#include <platform/postgres/transaction.hpp>

#include "operations/call.hpp"

/// One-off events, and what happened to them and to the runs of cron triggers. The tables are graphql_events'.
namespace busflow::graphql_metadata {
namespace {

constexpr postgres::Statement kCreate{"graphql_metadata.create_scheduled_event", R"sql(
INSERT INTO hdb_catalog.hdb_scheduled_events (webhook_conf, scheduled_time, payload, retry_conf, header_conf, comment)
VALUES ($1::json, $2::timestamptz, $3::json, $4::json, $5::json, $6) RETURNING id)sql"};

/// "cron" and "one_off" as the operations name them; as the tables do: hdb_cron_events, hdb_scheduled_events.
Outcome<std::string> kind_of(const Call& call) {
  BUSFLOW_TRY(const std::string type, call.args.text("type"));
  if (type == "cron") return std::string("cron");
  if (type == "one_off") return std::string("scheduled");
  return refuse("parse-failed", "type is cron or one_off", "$.args.type");
}

std::string text_of(const json::Value* value, std::string_view by_default) {
  return value == nullptr ? std::string(by_default) : json::serialize(*value);
}

Outcome<json::Value> create_scheduled_event(Call& call) {
  BUSFLOW_TRY(const json::Value* webhook, call.args.required("webhook"));
  BUSFLOW_TRY(const std::string time, call.args.text("schedule_at"));
  const postgres::Parameters parameters{json::serialize(*webhook),
                                        time,
                                        text_of(call.args.find("payload"), "null"),
                                        text_of(call.args.find("retry_conf"), "{}"),
                                        text_of(call.args.find("headers"), "[]"),
                                        call.args.find("comment") == nullptr
                                            ? postgres::Parameter()
                                            : postgres::Parameter(call.args.text_or("comment", ""))};
  BUSFLOW_TRY(const std::string id, call.store.ask(call.draft.context(), kCreate, parameters));
  return json::Object{{"message", "success"}, {"event_id", id}};
}

Outcome<json::Value> delete_scheduled_event(Call& call) {
  BUSFLOW_TRY(const std::string kind, kind_of(call));
  BUSFLOW_TRY(const std::string id, call.args.text("event_id"));
  const std::string name = "graphql_metadata.delete_" + kind;
  const std::string sql = fmt::format("DELETE FROM hdb_catalog.hdb_{}_events WHERE id = $1 RETURNING id", kind);
  BUSFLOW_TRY(const std::string found, call.store.ask(call.draft.context(), {name, sql}, {id}));
  if (found.empty()) return refuse("not-exists", fmt::format("no scheduled event with id \"{}\"", id));
  return success();
}

Outcome<json::Value> get_scheduled_events(Call& call) {
  BUSFLOW_TRY(const std::string kind, kind_of(call));
  postgres::ArrayLiteral statuses;
  if (const json::Value* given = call.args.find("status"); given != nullptr && given->is_array()) {
    for (const auto& status : given->get_array()) {
      if (status.is_string()) statuses.add(std::string(status.get_string()));
    }
  }
  const std::string name = "graphql_metadata.events_" + kind;
  const std::string sql = fmt::format(
      "SELECT json_build_object('count', (SELECT count(*) FROM hdb_catalog.hdb_{0}_events e WHERE {1}), 'events', "
      "coalesce((SELECT json_agg(row_to_json(p)) FROM (SELECT * FROM hdb_catalog.hdb_{0}_events e WHERE {1} ORDER BY "
      "scheduled_time LIMIT $2::integer OFFSET $3::integer) p), '[]'))",
      kind,
      std::string("(cardinality($1::text[]) = 0 OR status = ANY($1::text[])) AND ") +
          (kind == "cron" ? "e.trigger_name = $4" : "$4::text IS NOT NULL"));
  const std::string trigger = call.args.text_or("trigger_name", "");
  BUSFLOW_TRY(const std::string text, call.store.ask(call.draft.context(), {name, sql},
                                                     {std::move(statuses).finish(), call.args.count("limit", 100),
                                                      call.args.count("offset", 0), trigger}));
  BUSFLOW_TRY(json::Value found, json::parse(text));
  return found;
}

Outcome<json::Value> get_scheduled_event_invocations(Call& call) {
  BUSFLOW_TRY(const std::string kind, kind_of(call));
  const std::string name = "graphql_metadata.invocations_" + kind;
  const std::string sql = fmt::format(
      "SELECT json_build_object('invocations', coalesce(json_agg(row_to_json(p)), '[]')) FROM (SELECT l.* FROM "
      "hdb_catalog.hdb_{0}_event_invocation_logs l JOIN hdb_catalog.hdb_{0}_events e ON e.id = l.event_id WHERE ($1 = "
      "'' OR "
      "l.event_id = $1) AND {1} ORDER BY l.created_at DESC LIMIT $2::integer OFFSET $3::integer) p",
      kind, kind == "cron" ? "($4 = '' OR e.trigger_name = $4)" : "$4::text IS NOT NULL");
  BUSFLOW_TRY(const std::string text,
              call.store.ask(call.draft.context(), {name, sql},
                             {call.args.text_or("event_id", ""), call.args.count("limit", 100),
                              call.args.count("offset", 0), call.args.text_or("trigger_name", "")}));
  BUSFLOW_TRY(json::Value found, json::parse(text));
  return found;
}

constexpr std::array kOperations = {
    Operation{"create_scheduled_event", create_scheduled_event},
    Operation{"delete_scheduled_event", delete_scheduled_event},
    Operation{"get_scheduled_events", get_scheduled_events},
    Operation{"get_scheduled_event_invocations", get_scheduled_event_invocations},
};

}  // namespace

std::span<const Operation> schedule_operations() { return kOperations; }

}  // namespace busflow::graphql_metadata
