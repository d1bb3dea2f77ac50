#include <algorithm>
#include <map>

#include <fmt/format.h>

#include <platform/cron/schedule.hpp>
#include <platform/postgres/array_literal.hpp>

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
constexpr auto kTime = R"(to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))";

/// The part that both kinds have in common, over tables of equal shape.
class ScheduleQueue : public Queue {
 public:
  ScheduleQueue(postgres::Pool& pool, const std::string& kind, const graphql_webhooks::Environment& environment)
      : pool_(pool),
        environment_(environment),
        keep_(
            statement(kind, "keep",
                      "UPDATE hdb_catalog.hdb_{0}_events SET locked_at = now() WHERE id = ANY($1::text[]) AND status = "
                      "'locked'")),
        give_back_(statement(kind, "give_back",
                             "UPDATE hdb_catalog.hdb_{0}_events SET status = 'scheduled', locked_at = NULL WHERE id = "
                             "ANY($1::text[]) AND status = 'locked'")),
        conclude_(statement(kind, "conclude", R"sql(
WITH logged AS (
  INSERT INTO hdb_catalog.hdb_{0}_event_invocation_logs (event_id, status, request, response)
  VALUES ($1, nullif($2::integer, 0), $3::json, $4::json))
UPDATE hdb_catalog.hdb_{0}_events
   SET status = $5, tries = tries + 1, locked_at = NULL,
       next_retry_at = CASE WHEN $5 = 'scheduled' THEN now() + make_interval(secs => $6::integer) END
 WHERE id = $1 AND status <> 'delivered')sql")),
        prune_(statement(kind, "prune", R"sql(
DELETE FROM hdb_catalog.hdb_{0}_events WHERE id IN (
  SELECT id FROM hdb_catalog.hdb_{0}_events
   WHERE (status = 'delivered' AND scheduled_time < now() - make_interval(hours => $1::integer))
      OR (status IN ('error', 'dead') AND scheduled_time < now() - make_interval(hours => $2::integer))
   LIMIT 1000 FOR UPDATE SKIP LOCKED))sql")) {}

  Result<void> keep(Context& context, const std::set<std::string>& ids) override {
    return change(context, pool_, keep_.get(), {array_of(ids)});
  }
  Result<void> give_back(Context& context, const std::set<std::string>& ids) override {
    return change(context, pool_, give_back_.get(), {array_of(ids)});
  }
  Result<void> conclude(Context& context, const Delivery& delivery, const Result<http_client::Response>& answer,
                        const Verdict& verdict) override {
    return change(context, pool_, conclude_.get(),
                  {delivery.id, logged_status(answer), delivery.logged_request, logged_response(answer),
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
  /// A statement whose text is made at run time.
  struct Made {
    std::string name;
    std::string text;
    postgres::Statement get() const { return {name, text}; }
  };

  static Made statement(const std::string& kind, std::string_view verb, std::string_view text) {
    return {fmt::format("graphql_events.{}_{}", kind, verb), fmt::format(fmt::runtime(text), kind)};
  }

  postgres::Pool& pool_;
  const graphql_webhooks::Environment& environment_;

 private:
  const Made keep_;
  const Made give_back_;
  const Made conclude_;
  const Made prune_;
};

json::Value json_or_null(const postgres::Rows& rows, std::size_t row, std::string_view column) {
  return json::parse(rows.text(row, column)).value_or(json::Value(nullptr));
}

class CronQueue : public ScheduleQueue {
 public:
  CronQueue(std::shared_ptr<const Metadata> metadata, std::int64_t resource_version, postgres::Pool& pool,
            const graphql_webhooks::Environment& environment, const Clock& clock)
      : ScheduleQueue(pool, "cron", environment),
        metadata_(std::move(metadata)),
        resource_version_(std::to_string(resource_version)),
        clock_(clock),
        take_(statement("cron", "take",
                        fmt::format(R"sql(
UPDATE hdb_catalog.hdb_cron_events SET status = 'locked', locked_at = now() WHERE id IN (
  SELECT e.id FROM hdb_catalog.hdb_cron_events e JOIN unnest($1::text[], $2::integer[]) AS t(name, tolerance) ON t.name = e.trigger_name
   WHERE (e.status = 'scheduled' OR (e.status = 'locked' AND e.locked_at < now() - make_interval(secs => $4::integer)))
     AND e.scheduled_time <= now() AND (e.next_retry_at IS NULL OR e.next_retry_at <= now())
     AND (e.tries > 0 OR e.scheduled_time > now() - make_interval(secs => t.tolerance))
   ORDER BY e.scheduled_time LIMIT $3::integer FOR UPDATE OF e SKIP LOCKED)
RETURNING id, trigger_name, tries, {} AS scheduled_time)sql",
                                    fmt::format(fmt::runtime(kTime), "scheduled_time")))) {}

  std::string name() const override { return "cron triggers"; }

  Result<std::vector<Delivery>> take(Context& context, std::size_t most, std::chrono::seconds lease) override {
    if (metadata_->cron_triggers.empty()) return std::vector<Delivery>();
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
    const postgres::Parameters parameters{std::move(names).finish(), std::move(tolerances).finish(),
                                          std::to_string(most), std::to_string(lease.count())};
    return pool_.transact(context, {}, [&](postgres::Transaction& transaction) -> Result<std::vector<Delivery>> {
      BUSFLOW_TRY(const auto rows, transaction.execute(take_.get(), parameters));
      std::vector<Delivery> taken;
      for (std::size_t row = 0; row < rows.size(); ++row) taken.push_back(read(rows, row));
      return taken;
    });
  }

 private:
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

  Delivery read(const postgres::Rows& rows, std::size_t row) const {
    const std::string name(rows.text(row, "trigger_name"));
    const CronTrigger& trigger = *std::ranges::find(metadata_->cron_triggers, name, &CronTrigger::name);
    const RetryPolicy retry = trigger.retry.value_or(RetryPolicy());
    const Webhook webhook{.address = trigger.webhook,
                          .address_from_env = trigger.webhook_from_env,
                          .headers = trigger.headers,
                          .timeout_seconds = retry.timeout_sec,
                          .transform = trigger.request_transform};
    const std::string id(rows.text(row, "id"));
    json::Object body{
        {"id", id},
        {"name", name},
        {"scheduled_time", rows.text(row, "scheduled_time")},
        {"payload", trigger.payload ? graphql::metadata::to_json(*trigger.payload) : json::Value(nullptr)}};
    if (trigger.comment) body["comment"] = *trigger.comment;
    return with_call({.id = id, .trigger = name, .tries = rows.integer(row, "tries"), .retry = retry}, webhook, body,
                     environment_);
  }

  const std::shared_ptr<const Metadata> metadata_;
  const std::string resource_version_;
  const Clock& clock_;
  const Made take_;
  SteadyTime next_plan_{};
};

class OneOffQueue : public ScheduleQueue {
 public:
  OneOffQueue(postgres::Pool& pool, const graphql_webhooks::Environment& environment)
      : ScheduleQueue(pool, "scheduled", environment),
        take_(statement("scheduled", "take",
                        fmt::format(R"sql(
WITH dead AS (
  UPDATE hdb_catalog.hdb_scheduled_events SET status = 'dead'
   WHERE status = 'scheduled' AND tries = 0
     AND scheduled_time < now() - make_interval(secs => coalesce((retry_conf->>'tolerance_seconds')::integer, {0})))
UPDATE hdb_catalog.hdb_scheduled_events SET status = 'locked', locked_at = now() WHERE id IN (
  SELECT id FROM hdb_catalog.hdb_scheduled_events
   WHERE (status = 'scheduled' OR (status = 'locked' AND locked_at < now() - make_interval(secs => $2::integer)))
     AND scheduled_time <= now() AND (next_retry_at IS NULL OR next_retry_at <= now())
     AND (tries > 0 OR scheduled_time >= now() - make_interval(secs => coalesce((retry_conf->>'tolerance_seconds')::integer, {0})))
   ORDER BY scheduled_time LIMIT $1::integer FOR UPDATE SKIP LOCKED)
RETURNING id, tries, coalesce(payload, 'null') AS payload, coalesce(comment, '') AS comment, webhook_conf,
          coalesce(retry_conf, json_build_object()) AS retry_conf, coalesce(header_conf, '[]') AS header_conf,
          {1} AS scheduled_time, {2} AS created_at)sql",
                                    kTolerance, fmt::format(fmt::runtime(kTime), "scheduled_time"),
                                    fmt::format(fmt::runtime(kTime), "created_at")))) {}

  std::string name() const override { return "scheduled events"; }

  Result<std::vector<Delivery>> take(Context& context, std::size_t most, std::chrono::seconds lease) override {
    return pool_.transact(context, {}, [&](postgres::Transaction& transaction) -> Result<std::vector<Delivery>> {
      BUSFLOW_TRY(const auto rows,
                  transaction.execute(take_.get(), {std::to_string(most), std::to_string(lease.count())}));
      std::vector<Delivery> taken;
      for (std::size_t row = 0; row < rows.size(); ++row) taken.push_back(read(rows, row));
      return taken;
    });
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

  Delivery read(const postgres::Rows& rows, std::size_t row) const {
    const RetryPolicy retry = retry_of(json_or_null(rows, row, "retry_conf"));
    const json::Value address = json_or_null(rows, row, "webhook_conf");
    const Webhook webhook{.address = address.is_string() ? std::string(address.get_string()) : std::string(),
                          .address_from_env = {},
                          .headers = headers_of(json_or_null(rows, row, "header_conf")),
                          .timeout_seconds = retry.timeout_sec};
    const std::string id(rows.text(row, "id"));
    json::Object body{{"id", id},
                      {"scheduled_time", rows.text(row, "scheduled_time")},
                      {"created_at", rows.text(row, "created_at")},
                      {"payload", json_or_null(rows, row, "payload")}};
    if (!rows.text(row, "comment").empty()) body["comment"] = rows.text(row, "comment");
    return with_call({.id = id, .trigger = {}, .tries = rows.integer(row, "tries"), .retry = retry}, webhook, body,
                     environment_);
  }

  const Made take_;
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
