#include <map>

#include <fmt/format.h>

#include <platform/postgres/array_literal.hpp>

#include "log_tables.hpp"
#include "row_queue.hpp"
#include "statements.hpp"
#include "webhook.hpp"

namespace busflow::graphql_events {
namespace {

using graphql::metadata::EventTrigger;
using graphql::metadata::Source;

constexpr auto kColumns = R"sql(
  id, schema_name, table_name, trigger_name, payload::text AS payload, tries, created_at::text AS row_time,
  to_char(created_at::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS told_time)sql";

// {}: the columns. Of one ordering key only the oldest open event is taken, and it is not when another process has it.
// The last condition keeps that from looking into every partition.
constexpr auto kFindDue = R"sql(
SELECT {}
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
 ORDER BY l.position LIMIT $2::integer FOR UPDATE SKIP LOCKED)sql";
// With created_at only the partitions of these rows are looked at; its type is timestamptz, or the reference's
// timestamp.
constexpr postgres::Statement kLease{"graphql_events.lease", R"sql(
UPDATE hdb_catalog.event_log SET locked = now(), queued = CASE WHEN $3::boolean THEN now() END
 WHERE id = ANY($1::text[]) AND created_at = ANY($2))sql"};
// {}: the columns. The number of tries tells this call from later ones of the same event.
constexpr auto kClaim = R"sql(
UPDATE hdb_catalog.event_log SET locked = now(), queued = NULL
 WHERE id = $1 AND created_at = $2 AND trigger_name = $3 AND tries = $4::integer
   AND NOT delivered AND NOT error AND NOT archived
   AND (locked IS NULL OR locked = queued OR locked < now() - make_interval(secs => $5::integer))
RETURNING {})sql";

constexpr postgres::Statement kKeep{"graphql_events.keep",
                                    "UPDATE hdb_catalog.event_log SET locked = now() WHERE id = ANY($1::text[]) "
                                    "AND locked IS NOT NULL AND locked IS DISTINCT FROM queued"};
constexpr postgres::Statement kGiveBack{"graphql_events.give_back",
                                        "UPDATE hdb_catalog.event_log SET locked = NULL WHERE id = ANY($1::text[]) "
                                        "AND (NOT $2::boolean OR locked = queued)"};
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
class EventQueue : public RowQueue {
 public:
  EventQueue(std::shared_ptr<const Source> source, std::shared_ptr<postgres::Pool> pool,
             const graphql_webhooks::Environment& environment)
      : source_(std::move(source)), pool_(std::move(pool)), environment_(environment) {
    for (const auto& table : source_->tables) {
      for (const auto& trigger : table->event_triggers) triggers_.emplace(trigger.name, &trigger);
    }
  }

  std::string name() const override { return "events of " + source_->name; }
  bool knows(const std::string& trigger) const override { return triggers_.contains(trigger); }

  Result<void> keep(Context& context, const std::set<std::string>& ids) override {
    return change(context, *pool_, kKeep, {postgres::array_literal(ids)});
  }
  Result<void> give_back(Context& context, const std::set<std::string>& ids, Held held) override {
    return change(context, *pool_, kGiveBack, {postgres::array_literal(ids), to_sql(held == Held::kReserved)});
  }
  Result<void> conclude(Context& context, const Delivery& delivery, const Result<http_client::Response>& answer,
                        const Verdict& verdict) override {
    const Ticket& ticket = delivery.ticket;
    return change(context, *pool_, kConclude,
                  {ticket.id, ticket.trigger, logged_status(answer), delivery.logged_request, logged_response(answer),
                   to_sql(verdict.is_delivered), to_sql(verdict.is_given_up), std::to_string(verdict.retry_in.count()),
                   ticket.created_at});
  }
  Result<std::size_t> maintain(Context& context, const Retention& retention) override {
    BUSFLOW_CHECK(keep_partitions(context, *pool_));
    return prune_log(context, *pool_, retention);
  }

 protected:
  Result<postgres::Rows> lease_due(Context& context, std::size_t most, std::chrono::seconds lease, Held held) override {
    std::set<std::string> names;
    for (const auto& [name, trigger] : triggers_) names.insert(name);
    return pool_->transact(context, {}, [&](postgres::Transaction& transaction) -> Result<postgres::Rows> {
      BUSFLOW_TRY(auto rows, transaction.execute(find_due_.get(), {postgres::array_literal(names), std::to_string(most),
                                                                   std::to_string(lease.count())}));
      if (rows.empty()) return rows;
      std::set<std::string> ids;
      std::set<std::string> times;
      for (std::size_t row = 0; row < rows.size(); ++row) {
        const Ticket ticket = ticket_of(rows, row);
        ids.insert(ticket.id);
        times.insert(ticket.created_at);
      }
      BUSFLOW_CHECK(transaction.change(
          kLease, {postgres::array_literal(ids), postgres::array_literal(times), to_sql(held == Held::kReserved)}));
      return rows;
    });
  }

  Result<postgres::Rows> lease_one(Context& context, const Ticket& ticket, std::chrono::seconds lease) override {
    return ask(
        context, *pool_, claim_.get(),
        {ticket.id, ticket.created_at, ticket.trigger, std::to_string(ticket.tries), std::to_string(lease.count())});
  }

  Delivery read(const Context& /*context*/, const postgres::Rows& rows, std::size_t row) override {
    const auto text = [&](std::string_view column) { return std::string(rows.text(row, column)); };
    Ticket ticket = ticket_of(rows, row);
    const EventTrigger& trigger = *triggers_.at(ticket.trigger);
    const json::Value body = json::Object{
        {"id", ticket.id},
        {"created_at", text("told_time")},
        {"trigger", json::Object{{"name", trigger.name}}},
        {"table", json::Object{{"schema", text("schema_name")}, {"name", text("table_name")}}},
        {"event", json::parse(text("payload")).value_or(json::Value(nullptr))},
        {"delivery_info", json::Object{{"current_retry", ticket.tries}, {"max_retries", trigger.retry.num_retries}}}};
    return call_of(std::move(ticket), trigger.retry, webhook_of(trigger), body, environment_);
  }

 private:
  const std::shared_ptr<const Source> source_;
  const std::shared_ptr<postgres::Pool> pool_;
  const graphql_webhooks::Environment& environment_;
  const MadeStatement find_due_{"graphql_events.find_due", fmt::format(fmt::runtime(kFindDue), kColumns)};
  const MadeStatement claim_{"graphql_events.claim", fmt::format(fmt::runtime(kClaim), kColumns)};
  std::map<std::string, const EventTrigger*> triggers_;
};

}  // namespace

std::shared_ptr<Queue> event_queue(std::shared_ptr<const Source> source, std::shared_ptr<postgres::Pool> pool,
                                   const graphql_webhooks::Environment& environment) {
  return std::make_shared<EventQueue>(std::move(source), std::move(pool), environment);
}

}  // namespace busflow::graphql_events
