#include "event_log.hpp"

#include <charconv>

#include <platform/postgres/array_literal.hpp>

namespace busflow::graphql_events {
namespace {

// Of one ordering key only the oldest open event is taken, and it is not when another process has it.
constexpr postgres::Statement kTake{"graphql_events.take", R"sql(
UPDATE hdb_catalog.event_log SET locked = now()
 WHERE id IN (
   SELECT l.id FROM hdb_catalog.event_log l
    WHERE NOT l.delivered AND NOT l.error AND NOT l.archived
      AND (l.locked IS NULL OR l.locked < now() - make_interval(secs => $3::integer))
      AND (l.next_retry_at IS NULL OR l.next_retry_at <= now())
      AND l.trigger_name = ANY($1::text[])
      AND NOT (l.ordering_key IS NOT NULL AND EXISTS (
        SELECT FROM hdb_catalog.event_log e
         WHERE NOT e.delivered AND NOT e.error AND NOT e.archived AND e.ordering_key IS NOT NULL
           AND e.trigger_name = l.trigger_name AND e.ordering_key = l.ordering_key AND e.position < l.position))
    ORDER BY l.position LIMIT $2::integer FOR UPDATE SKIP LOCKED)
RETURNING id, schema_name, table_name, trigger_name, payload::text AS payload, tries, position,
          to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS created_at)sql"};

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
 WHERE id = $1 AND NOT delivered)sql"};
constexpr postgres::Statement kPrune{"graphql_events.prune", R"sql(
WITH over AS (
  SELECT id FROM hdb_catalog.event_log
   WHERE (delivered OR error OR archived) AND created_at < now() - make_interval(hours => $1::integer)
   LIMIT 1000 FOR UPDATE SKIP LOCKED),
logs AS (DELETE FROM hdb_catalog.event_invocation_logs WHERE event_id IN (SELECT id FROM over))
DELETE FROM hdb_catalog.event_log WHERE id IN (SELECT id FROM over))sql"};

template <class Texts>
std::string array_of(const Texts& texts) {
  postgres::ArrayLiteral array;
  for (const auto& text : texts) array.add(text);
  return std::move(array).finish();
}

std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

Result<std::vector<Event>> EventLog::take(Context& context, const std::vector<std::string>& triggers, std::size_t most,
                                          std::chrono::seconds lease) {
  return pool_.transact(context, {}, [&](postgres::Transaction& transaction) -> Result<std::vector<Event>> {
    BUSFLOW_TRY(const auto rows,
                transaction.execute(kTake, {array_of(triggers), std::to_string(most), std::to_string(lease.count())}));
    std::vector<Event> events;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      const auto text = [&](std::string_view column) { return std::string(rows.text(row, column)); };
      events.push_back({.id = text("id"),
                        .schema = text("schema_name"),
                        .table = text("table_name"),
                        .trigger = text("trigger_name"),
                        .payload = text("payload"),
                        .created_at = text("created_at"),
                        .tries = number(rows.text(row, "tries"))});
    }
    return events;
  });
}

Result<void> EventLog::keep(Context& context, const std::set<std::string>& ids) {
  return pool_.transact(context, {}, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_CHECK(transaction.change(kKeep, {array_of(ids)}));
    return {};
  });
}

Result<void> EventLog::give_back(Context& context, const std::set<std::string>& ids) {
  return pool_.transact(context, {}, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_CHECK(transaction.change(kGiveBack, {array_of(ids)}));
    return {};
  });
}

Result<void> EventLog::conclude(Context& context, const Event& event, const Invocation& invocation,
                                const Verdict& verdict) {
  return pool_.transact(context, {}, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_CHECK(transaction.change(
        kConclude, {event.id, event.trigger, std::to_string(invocation.status), invocation.request, invocation.response,
                    verdict.is_delivered ? "true" : "false", verdict.is_given_up ? "true" : "false",
                    std::to_string(verdict.retry_in.count())}));
    return {};
  });
}

Result<std::size_t> EventLog::prune(Context& context, std::chrono::hours retention) {
  return pool_.transact(context, {}, [&](postgres::Transaction& transaction) {
    return transaction.change(kPrune, {std::to_string(retention.count())});
  });
}

}  // namespace busflow::graphql_events
