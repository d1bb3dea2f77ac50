#include <map>

#include "log_tables.hpp"
#include "webhook.hpp"

namespace busflow::graphql_events {
namespace {

using graphql::metadata::EventTrigger;
using graphql::metadata::Source;

// Of one ordering key only the oldest open event is taken, and it is not when another process has it. The last
// condition keeps that from looking into every partition.
constexpr postgres::Statement kFindDue{"graphql_events.find_due", R"sql(
SELECT id, schema_name, table_name, trigger_name, payload::text AS payload, tries, created_at::text AS created_at,
       to_char(created_at::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS told_time
  FROM hdb_catalog.event_log l
 WHERE NOT l.delivered AND NOT l.error AND NOT l.archived
   AND (l.locked IS NULL OR l.locked < now() - make_interval(secs => $3::integer))
   AND (l.next_retry_at IS NULL OR l.next_retry_at <= now())
   AND l.trigger_name = ANY($1::text[])
   AND NOT (l.ordering_key IS NOT NULL AND EXISTS (
     SELECT FROM hdb_catalog.event_log e
      WHERE NOT e.delivered AND NOT e.error AND NOT e.archived AND e.ordering_key IS NOT NULL
        AND e.trigger_name = l.trigger_name AND e.ordering_key = l.ordering_key AND e.position < l.position
        AND e.created_at >= (SELECT min(created_at) FROM hdb_catalog.event_log
                              WHERE NOT delivered AND NOT error AND NOT archived AND ordering_key IS NOT NULL)))
 ORDER BY l.position LIMIT $2::integer FOR UPDATE SKIP LOCKED)sql"};
// With created_at only the partitions of these rows are looked at; its type is timestamptz, or the reference's
// timestamp.
constexpr postgres::Statement kTake{
    "graphql_events.take",
    "UPDATE hdb_catalog.event_log SET locked = now() WHERE id = ANY($1::text[]) AND created_at = ANY($2)"};

constexpr postgres::Statement kKeep{"graphql_events.keep",
                                    "UPDATE hdb_catalog.event_log SET locked = now() WHERE id = ANY($1::text[]) "
                                    "AND locked IS NOT NULL"};
constexpr postgres::Statement kGiveBack{"graphql_events.give_back",
                                        "UPDATE hdb_catalog.event_log SET locked = NULL WHERE id = ANY($1::text[])"};
constexpr postgres::Statement kConclude{"graphql_events.conclude", R"sql(
WITH logged AS (
  INSERT INTO hdb_catalog.event_invocation_logs (trigger_name, event_id, status, request, response)
  VALUES ($2, $1, nullif($3::integer, 0), $4::json, $5::json))
UPDATE hdb_catalog.event_log
   SET locked = NULL, delivered = $6::boolean, error = $7::boolean, tries = tries + 1,
       next_retry_at = CASE WHEN $6::boolean OR $7::boolean THEN NULL ELSE now() + make_interval(secs => $8::integer) END
 WHERE id = $1 AND created_at = $9 AND NOT delivered)sql"};

Webhook webhook_of(const EventTrigger& trigger) {
  return {.address = trigger.webhook.value_or(""),
          .address_from_env = trigger.webhook_from_env,
          .headers = trigger.headers,
          .timeout_seconds = trigger.retry.timeout_sec,
          .transform = trigger.request_transform};
}

/// hdb_catalog.event_log of one database.
class EventQueue : public Queue {
 public:
  EventQueue(std::shared_ptr<const Source> source, std::shared_ptr<postgres::Pool> pool,
             const graphql_webhooks::Environment& environment)
      : source_(std::move(source)), pool_(std::move(pool)), environment_(environment) {
    for (const auto& table : source_->tables) {
      for (const auto& trigger : table->event_triggers) triggers_.emplace(trigger.name, &trigger);
    }
  }

  std::string name() const override { return "events of " + source_->name; }

  Result<std::vector<Delivery>> take(Context& context, std::size_t most, std::chrono::seconds lease) override {
    std::set<std::string> names;
    for (const auto& [name, trigger] : triggers_) names.insert(name);
    return pool_->transact(context, {}, [&](postgres::Transaction& transaction) -> Result<std::vector<Delivery>> {
      BUSFLOW_TRY(const auto rows, transaction.execute(kFindDue, {array_of(names), std::to_string(most),
                                                                  std::to_string(lease.count())}));
      std::vector<Delivery> taken;
      if (rows.empty()) return taken;
      std::set<std::string> ids;
      std::set<std::string> times;
      for (std::size_t row = 0; row < rows.size(); ++row) {
        taken.push_back(read(rows, row));
        ids.insert(taken.back().id);
        times.insert(taken.back().created_at);
      }
      BUSFLOW_CHECK(transaction.change(kTake, {array_of(ids), array_of(times)}));
      return taken;
    });
  }

  Result<void> keep(Context& context, const std::set<std::string>& ids) override {
    return change(context, *pool_, kKeep, {array_of(ids)});
  }
  Result<void> give_back(Context& context, const std::set<std::string>& ids) override {
    return change(context, *pool_, kGiveBack, {array_of(ids)});
  }
  Result<void> conclude(Context& context, const Delivery& delivery, const Result<http_client::Response>& answer,
                        const Verdict& verdict) override {
    return change(
        context, *pool_, kConclude,
        {delivery.id, delivery.trigger, logged_status(answer), delivery.logged_request, logged_response(answer),
         verdict.is_delivered ? "true" : "false", verdict.is_given_up ? "true" : "false",
         std::to_string(verdict.retry_in.count()), delivery.created_at});
  }
  Result<std::size_t> maintain(Context& context, const Retention& retention) override {
    BUSFLOW_CHECK(keep_partitions(context, *pool_));
    return prune_log(context, *pool_, retention);
  }

 private:
  Delivery read(const postgres::Rows& rows, std::size_t row) const {
    const auto text = [&](std::string_view column) { return std::string(rows.text(row, column)); };
    const EventTrigger& trigger = *triggers_.at(text("trigger_name"));
    const std::int64_t tries = rows.integer(row, "tries");
    const json::Value body = json::Object{
        {"id", text("id")},
        {"created_at", text("told_time")},
        {"trigger", json::Object{{"name", trigger.name}}},
        {"table", json::Object{{"schema", text("schema_name")}, {"name", text("table_name")}}},
        {"event", json::parse(text("payload")).value_or(json::Value(nullptr))},
        {"delivery_info", json::Object{{"current_retry", tries}, {"max_retries", trigger.retry.num_retries}}}};
    Delivery due{.id = text("id"), .trigger = trigger.name, .tries = tries, .retry = trigger.retry};
    due.created_at = text("created_at");
    return with_call(std::move(due), webhook_of(trigger), body, environment_);
  }

  const std::shared_ptr<const Source> source_;
  const std::shared_ptr<postgres::Pool> pool_;
  const graphql_webhooks::Environment& environment_;
  std::map<std::string, const EventTrigger*> triggers_;
};

}  // namespace

std::shared_ptr<Queue> event_queue(std::shared_ptr<const Source> source, std::shared_ptr<postgres::Pool> pool,
                                   const graphql_webhooks::Environment& environment) {
  return std::make_shared<EventQueue>(std::move(source), std::move(pool), environment);
}

}  // namespace busflow::graphql_events
