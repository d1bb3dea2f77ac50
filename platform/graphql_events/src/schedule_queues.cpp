#include <algorithm>
#include <map>

#include <fmt/format.h>

#include <platform/cron/schedule.hpp>
#include <platform/postgres/array_literal.hpp>

#include "row_queue.hpp"
#include "statements.hpp"
#include "webhook.hpp"

/// What is due at a time: runs of cron triggers, and one-off events.
namespace busflow::graphql_events {
namespace {

using graphql::metadata::CronTrigger;
using graphql::metadata::Header;
using graphql::metadata::Metadata;
using graphql::metadata::RetryPolicy;

constexpr std::int64_t kTolerance = 21600;  // Seconds, the reference's default.
constexpr std::size_t kPlannedAhead = 100;
constexpr std::chrono::minutes kPlanInterval{1};

/// As webhooks are told it.
std::string time_of(std::string_view column) {
  return fmt::format(R"(to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))", column);
}

/// How the table of one kind differs from the other's.
struct Shape {
  std::string kind;
  std::string columns;    ///< That a call is made of.
  std::string condition;  ///< That a row, in $1, is of a trigger.
};

/// The part that both kinds have in common, over tables of nearly equal shape.
class ScheduleQueue : public RowQueue {
 public:
  ScheduleQueue(postgres::Pool& pool, const Shape& shape, const graphql_webhooks::Environment& environment)
      : pool_(pool),
        environment_(environment),
        claim_(statement(shape.kind, "claim",
                         fmt::format(R"sql(
UPDATE hdb_catalog.hdb_{{0}}_events SET status = 'locked', locked_at = now(), queued_at = NULL
 WHERE {} AND id = $2 AND tries = $3::integer AND (status = 'scheduled' OR (status = 'locked' AND (
   locked_at = queued_at OR locked_at < now() - make_interval(secs => $4::integer))))
RETURNING {})sql",
                                     shape.condition, shape.columns))),
        keep_(
            statement(shape.kind, "keep",
                      "UPDATE hdb_catalog.hdb_{0}_events SET locked_at = now() WHERE id = ANY($1::text[]) AND status = "
                      "'locked' AND locked_at IS DISTINCT FROM queued_at")),
        give_back_(statement(shape.kind, "give_back",
                             "UPDATE hdb_catalog.hdb_{0}_events SET status = 'scheduled', locked_at = NULL WHERE id = "
                             "ANY($1::text[]) AND status = 'locked' AND (NOT $2::boolean OR locked_at = queued_at)")),
        conclude_(statement(shape.kind, "conclude", R"sql(
WITH logged AS (
  INSERT INTO hdb_catalog.hdb_{0}_event_invocation_logs (event_id, status, request, response)
  VALUES ($1, nullif($2::integer, 0), $3::json, $4::json))
UPDATE hdb_catalog.hdb_{0}_events
   SET status = $5, tries = tries + 1, locked_at = NULL,
       next_retry_at = CASE WHEN $5 = 'scheduled' THEN now() + make_interval(secs => $6::integer) END
 WHERE id = $1 AND status <> 'delivered')sql")),
        prune_(statement(shape.kind, "prune", R"sql(
DELETE FROM hdb_catalog.hdb_{0}_events WHERE id IN (
  SELECT id FROM hdb_catalog.hdb_{0}_events
   WHERE (status = 'delivered' AND scheduled_time < now() - make_interval(hours => $1::integer))
      OR (status IN ('error', 'dead') AND scheduled_time < now() - make_interval(hours => $2::integer))
   LIMIT 1000 FOR UPDATE SKIP LOCKED))sql")) {}

  Result<void> keep(Context& context, const std::set<std::string>& ids) override {
    return change(context, pool_, keep_.get(), {postgres::array_literal(ids)});
  }
  Result<void> give_back(Context& context, const std::set<std::string>& ids, Held held) override {
    return change(context, pool_, give_back_.get(), {postgres::array_literal(ids), to_sql(held == Held::kReserved)});
  }
  Result<void> conclude(Context& context, const Delivery& delivery, const Result<http_client::Response>& answer,
                        const Verdict& verdict) override {
    return change(context, pool_, conclude_.get(),
                  {delivery.ticket.id, logged_status(answer), delivery.logged_request, logged_response(answer),
                   verdict.is_delivered  ? "delivered"
                   : verdict.is_given_up ? "error"
                                         : "scheduled",
                   std::to_string(verdict.retry_in.count())});
  }
  Result<std::size_t> maintain(Context& context, const Retention& retention) override {
    return pool_.transact(context, {}, [&](postgres::Transaction& transaction) {
      return transaction.change(prune_.get(),
                                {std::to_string(retention.over.count()), std::to_string(retention.failed.count())});
    });
  }

 protected:
  Result<postgres::Rows> lease_one(Context& context, const Ticket& ticket, std::chrono::seconds lease) override {
    return ask(context, pool_, claim_.get(),
               {ticket.trigger, ticket.id, std::to_string(ticket.tries), std::to_string(lease.count())});
  }

  static MadeStatement statement(const std::string& kind, std::string_view verb, std::string_view text) {
    return {fmt::format("graphql_events.{}_{}", kind, verb), fmt::format(fmt::runtime(text), kind)};
  }

  postgres::Pool& pool_;
  const graphql_webhooks::Environment& environment_;

 private:
  const MadeStatement claim_;
  const MadeStatement keep_;
  const MadeStatement give_back_;
  const MadeStatement conclude_;
  const MadeStatement prune_;
};

json::Value json_or_null(const postgres::Rows& rows, std::size_t row, std::string_view column) {
  return json::parse(rows.text(row, column)).value_or(json::Value(nullptr));
}

Shape cron_shape() {
  return {.kind = "cron",
          .columns =
              fmt::format("id, trigger_name, tries, '' AS row_time, {} AS scheduled_time", time_of("scheduled_time")),
          .condition = "trigger_name = $1"};
}

class CronQueue : public ScheduleQueue {
 public:
  CronQueue(std::shared_ptr<const Metadata> metadata, std::int64_t resource_version, postgres::Pool& pool,
            const graphql_webhooks::Environment& environment, const Clock& clock)
      : ScheduleQueue(pool, cron_shape(), environment),
        metadata_(std::move(metadata)),
        resource_version_(std::to_string(resource_version)),
        clock_(clock),
        lease_(statement("cron", "lease",
                         fmt::format(R"sql(
UPDATE hdb_catalog.hdb_cron_events
   SET status = 'locked', locked_at = now(), queued_at = CASE WHEN $5::boolean THEN now() END WHERE id IN (
  SELECT e.id FROM hdb_catalog.hdb_cron_events e JOIN unnest($1::text[], $2::integer[]) AS t(name, tolerance) ON t.name = e.trigger_name
   WHERE (e.status = 'scheduled' OR (e.status = 'locked' AND e.locked_at < now() - make_interval(secs => $4::integer)))
     AND e.scheduled_time <= now() AND (e.next_retry_at IS NULL OR e.next_retry_at <= now())
     AND (e.tries > 0 OR e.scheduled_time > now() - make_interval(secs => t.tolerance))
   ORDER BY e.scheduled_time LIMIT $3::integer FOR UPDATE OF e SKIP LOCKED)
RETURNING {})sql",
                                     cron_shape().columns))) {}

  std::string name() const override { return "cron triggers"; }
  bool knows(const std::string& trigger) const override { return find(trigger) != nullptr; }

 protected:
  Result<postgres::Rows> lease_due(Context& context, std::size_t most, std::chrono::seconds lease, Held held) override {
    if (metadata_->cron_triggers.empty()) return postgres::Rows();
    if (clock_.steady_now() >= next_plan_) {
      for (const CronTrigger& trigger : metadata_->cron_triggers) {
        BUSFLOW_CHECK(plan(context, trigger));
      }
      next_plan_ = clock_.steady_now() + kPlanInterval;
    }
    postgres::ArrayLiteral names;
    postgres::ArrayLiteral tolerances;
    for (const CronTrigger& trigger : metadata_->cron_triggers) {
      names.add(trigger.name);
      tolerances.add(std::to_string(tolerance_of(trigger)));
    }
    return ask(context, pool_, lease_.get(),
               {std::move(names).finish(), std::move(tolerances).finish(), std::to_string(most),
                std::to_string(lease.count()), to_sql(held == Held::kReserved)});
  }

  Delivery read(const Context& /*context*/, const postgres::Rows& rows, std::size_t row) override {
    Ticket ticket = ticket_of(rows, row);
    const CronTrigger& trigger = *find(ticket.trigger);
    const RetryPolicy retry = trigger.retry.value_or(RetryPolicy());
    const Webhook webhook{.address = trigger.webhook,
                          .address_from_env = trigger.webhook_from_env,
                          .headers = trigger.headers,
                          .timeout_seconds = retry.timeout_sec,
                          .transform = trigger.request_transform};
    json::Object body{
        {"id", ticket.id},
        {"name", trigger.name},
        {"scheduled_time", rows.text(row, "scheduled_time")},
        {"payload", trigger.payload ? graphql::metadata::to_json(*trigger.payload) : json::Value(nullptr)}};
    if (trigger.comment) body["comment"] = *trigger.comment;
    return call_of(std::move(ticket), retry, webhook, body, environment_);
  }

 private:
  const CronTrigger* find(const std::string& name) const {
    const auto found = std::ranges::find(metadata_->cron_triggers, name, &CronTrigger::name);
    return found == metadata_->cron_triggers.end() ? nullptr : &*found;
  }

  static std::int64_t tolerance_of(const CronTrigger& trigger) {
    return trigger.retry ? trigger.retry->tolerance_seconds.value_or(kTolerance) : kTolerance;
  }

  /// So that what falls into a time when nobody runs is there afterwards. Those that are too late are dead.
  Result<void> plan(Context& context, const CronTrigger& trigger) {
    // The lock makes whoever stores other metadata wait for what is planned by this one, so that he can take it back.
    static constexpr postgres::Statement kIsCurrent{"graphql_events.is_current", R"sql(
SELECT id FROM hdb_catalog.hdb_metadata WHERE id = 1 AND resource_version = $1::integer FOR SHARE)sql"};
    static constexpr postgres::Statement kLast{"graphql_events.last_planned", R"sql(
WITH dead AS (
  UPDATE hdb_catalog.hdb_cron_events SET status = 'dead'
   WHERE trigger_name = $1 AND status = 'scheduled' AND tries = 0 AND scheduled_time < now() - make_interval(secs => $2::integer))
SELECT count(*), coalesce(extract(epoch FROM max(scheduled_time))::bigint, 0) FROM hdb_catalog.hdb_cron_events
 WHERE trigger_name = $1 AND status = 'scheduled' AND scheduled_time > now())sql"};
    static constexpr postgres::Statement kPlan{"graphql_events.plan", R"sql(
INSERT INTO hdb_catalog.hdb_cron_events (trigger_name, scheduled_time)
SELECT $1, to_timestamp(t) FROM unnest($2::bigint[]) AS t ON CONFLICT DO NOTHING)sql"};
    BUSFLOW_TRY(const auto schedule, cron::Schedule::parse(trigger.schedule, trigger.timezone.value_or("")));
    return pool_.transact(context, {}, [&](postgres::Transaction& transaction) -> Result<void> {
      BUSFLOW_TRY(const auto current, transaction.execute(kIsCurrent, {resource_version_}));
      if (current.empty()) return {};
      BUSFLOW_TRY(const auto rows, transaction.execute(kLast, {trigger.name, std::to_string(tolerance_of(trigger))}));
      const auto planned = static_cast<std::size_t>(rows.integer(0, std::size_t{0}));
      if (planned > kPlannedAhead / 2) return {};
      const WallTime last{std::chrono::seconds(rows.integer(0, std::size_t{1}))};
      postgres::ArrayLiteral times;
      std::optional<WallTime> time = std::max(last, clock_.now());
      for (std::size_t i = planned; i < kPlannedAhead; ++i) {
        time = schedule.next(*time);
        if (!time) break;
        times.add(std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time->time_since_epoch()).count()));
      }
      BUSFLOW_CHECK(transaction.change(kPlan, {trigger.name, std::move(times).finish()}));
      return {};
    });
  }

  const std::shared_ptr<const Metadata> metadata_;
  const std::string resource_version_;
  const Clock& clock_;
  const MadeStatement lease_;
  SteadyTime next_plan_{};
};

Shape one_off_shape() {
  return {
      .kind = "scheduled",
      .columns = fmt::format(
          "id, '' AS trigger_name, tries, '' AS row_time, coalesce(payload, 'null') AS payload, coalesce(comment, '') "
          "AS comment, webhook_conf, coalesce(retry_conf, json_build_object()) AS retry_conf, "
          "coalesce(header_conf, '[]') AS header_conf, {} AS scheduled_time, {} AS created_at",
          time_of("scheduled_time"), time_of("created_at")),
      .condition = "$1::text = ''"};
}

class OneOffQueue : public ScheduleQueue {
 public:
  OneOffQueue(postgres::Pool& pool, const graphql_webhooks::Environment& environment)
      : ScheduleQueue(pool, one_off_shape(), environment),
        lease_(statement("scheduled", "lease",
                         fmt::format(R"sql(
WITH dead AS (
  UPDATE hdb_catalog.hdb_scheduled_events SET status = 'dead'
   WHERE status = 'scheduled' AND tries = 0
     AND scheduled_time < now() - make_interval(secs => coalesce((retry_conf->>'tolerance_seconds')::integer, {0})))
UPDATE hdb_catalog.hdb_scheduled_events
   SET status = 'locked', locked_at = now(), queued_at = CASE WHEN $3::boolean THEN now() END WHERE id IN (
  SELECT id FROM hdb_catalog.hdb_scheduled_events
   WHERE (status = 'scheduled' OR (status = 'locked' AND locked_at < now() - make_interval(secs => $2::integer)))
     AND scheduled_time <= now() AND (next_retry_at IS NULL OR next_retry_at <= now())
     AND (tries > 0 OR scheduled_time >= now() - make_interval(secs => coalesce((retry_conf->>'tolerance_seconds')::integer, {0})))
   ORDER BY scheduled_time LIMIT $1::integer FOR UPDATE SKIP LOCKED)
RETURNING {1})sql",
                                     kTolerance, one_off_shape().columns))) {}

  std::string name() const override { return "scheduled events"; }
  bool knows(const std::string& trigger) const override { return trigger.empty(); }

 protected:
  Result<postgres::Rows> lease_due(Context& context, std::size_t most, std::chrono::seconds lease, Held held) override {
    return ask(context, pool_, lease_.get(),
               {std::to_string(most), std::to_string(lease.count()), to_sql(held == Held::kReserved)});
  }

  Delivery read(const Context& /*context*/, const postgres::Rows& rows, std::size_t row) override {
    const RetryPolicy retry = retry_of(json_or_null(rows, row, "retry_conf"));
    const json::Value address = json_or_null(rows, row, "webhook_conf");
    const Webhook webhook{.address = address.is_string() ? std::string(address.get_string()) : std::string(),
                          .address_from_env = {},
                          .headers = headers_of(json_or_null(rows, row, "header_conf")),
                          .timeout_seconds = retry.timeout_sec};
    Ticket ticket = ticket_of(rows, row);
    json::Object body{{"id", ticket.id},
                      {"scheduled_time", rows.text(row, "scheduled_time")},
                      {"created_at", rows.text(row, "created_at")},
                      {"payload", json_or_null(rows, row, "payload")}};
    if (!rows.text(row, "comment").empty()) body["comment"] = rows.text(row, "comment");
    return call_of(std::move(ticket), retry, webhook, body, environment_);
  }

 private:
  static RetryPolicy retry_of(const json::Value& stored) {
    RetryPolicy retry;
    const auto* object = stored.if_object();
    const auto take = [&](std::string_view key, std::int64_t& into) {
      const auto* value = object == nullptr ? nullptr : object->if_contains(key);
      if (value != nullptr && value->is_int64()) into = value->get_int64();
    };
    take("num_retries", retry.num_retries);
    take("retry_interval_seconds", retry.interval_sec);
    take("timeout_seconds", retry.timeout_sec);
    return retry;
  }

  static std::vector<Header> headers_of(const json::Value& stored) {
    std::vector<Header> headers;
    if (!stored.is_array()) return headers;
    for (const auto& item : stored.get_array()) {
      const auto* object = item.if_object();
      const auto text = [&](std::string_view key) -> std::optional<std::string> {
        const auto* value = object == nullptr ? nullptr : object->if_contains(key);
        return value != nullptr && value->is_string() ? std::optional(std::string(value->get_string())) : std::nullopt;
      };
      if (const auto name = text("name"))
        headers.push_back({.name = *name, .value = text("value"), .value_from_env = text("value_from_env")});
    }
    return headers;
  }

  const MadeStatement lease_;
};

}  // namespace

std::shared_ptr<Queue> cron_queue(std::shared_ptr<const Metadata> metadata, std::int64_t resource_version,
                                  postgres::Pool& pool, const graphql_webhooks::Environment& environment,
                                  const Clock& clock) {
  return std::make_shared<CronQueue>(std::move(metadata), resource_version, pool, environment, clock);
}

std::shared_ptr<Queue> one_off_queue(postgres::Pool& pool, const graphql_webhooks::Environment& environment) {
  return std::make_shared<OneOffQueue>(pool, environment);
}

}  // namespace busflow::graphql_events
