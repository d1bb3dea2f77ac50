#include <map>
#include <mutex>

#include <fmt/format.h>

#include <platform/graphql/error_response.hpp>
#include <platform/graphql_events/actions.hpp>
#include <platform/postgres/array_literal.hpp>

#include "row_queue.hpp"
#include "statements.hpp"

namespace busflow::graphql_events {
namespace {

using graphql::metadata::Action;
using graphql::metadata::Metadata;

constexpr auto kColumns =
    "id, action_name AS trigger_name, 0 AS tries, '' AS row_time, input_payload, request_headers, session_variables";
// {}: the columns, here and below.
constexpr auto kLease = R"sql(
UPDATE hdb_catalog.hdb_action_log
   SET status = 'processing', locked = now(), queued = CASE WHEN $4::boolean THEN now() END WHERE id IN (
  SELECT id FROM hdb_catalog.hdb_action_log
   WHERE status IN ('created', 'processing') AND action_name = ANY($1::text[])
     AND (status = 'created' OR coalesce(locked, created_at) < now() - make_interval(secs => $3::integer))
   ORDER BY created_at LIMIT $2::integer FOR UPDATE SKIP LOCKED)
RETURNING {})sql";
constexpr auto kClaim = R"sql(
UPDATE hdb_catalog.hdb_action_log SET status = 'processing', locked = now(), queued = NULL
 WHERE id = $1::uuid AND action_name = $2 AND (status = 'created' OR (status = 'processing' AND (
   locked = queued OR coalesce(locked, created_at) < now() - make_interval(secs => $3::integer))))
RETURNING {})sql";
constexpr postgres::Statement kKeep{"graphql_events.keep_actions",
                                    "UPDATE hdb_catalog.hdb_action_log SET locked = now() WHERE id = ANY($1::uuid[]) "
                                    "AND status = 'processing' AND locked IS DISTINCT FROM queued"};
constexpr postgres::Statement kGiveBack{"graphql_events.give_back_actions",
                                        "UPDATE hdb_catalog.hdb_action_log SET status = 'created', locked = NULL WHERE "
                                        "id = ANY($1::uuid[]) AND status = 'processing' AND (NOT $2::boolean OR "
                                        "locked = queued)"};
constexpr postgres::Statement kConclude{"graphql_events.conclude_action", R"sql(
UPDATE hdb_catalog.hdb_action_log
   SET status = CASE WHEN $3::jsonb IS NULL THEN 'completed' ELSE 'error' END, response_payload = $2::jsonb,
       errors = $3::jsonb, response_received_at = now(), locked = NULL
 WHERE id = $1::uuid AND status = 'processing')sql"};
constexpr postgres::Statement kPrune{"graphql_events.prune_actions", R"sql(
DELETE FROM hdb_catalog.hdb_action_log WHERE id IN (
  SELECT id FROM hdb_catalog.hdb_action_log
   WHERE (status = 'completed' AND created_at < now() - make_interval(hours => $1::integer))
      OR (status = 'error' AND created_at < now() - make_interval(hours => $2::integer))
   LIMIT 1000 FOR UPDATE SKIP LOCKED))sql"};

json::Object object_in(const postgres::Rows& rows, std::size_t row, std::string_view column) {
  const auto value = json::parse(rows.text(row, column));
  return value && value->is_object() ? value->get_object() : json::Object();
}

Session session_of(const json::Object& variables) {
  std::map<std::string, std::string, std::less<>> known;
  std::string role;
  for (const auto& [name, value] : variables) {
    if (!value.is_string()) continue;
    if (name == "x-hasura-role")
      role = value.get_string();
    else
      known.emplace(name, value.get_string());
  }
  return {std::move(role), std::move(known)};
}

graphql::ClientHeaders headers_of(const postgres::Rows& rows, std::size_t row) {
  graphql::ClientHeaders headers;
  const auto stored = json::parse(rows.text(row, "request_headers"));
  if (!stored || !stored->is_array()) return headers;
  for (const auto& item : stored->get_array()) {
    const auto* pair = item.if_array();
    if (pair != nullptr && pair->size() == 2 && (*pair)[0].is_string() && (*pair)[1].is_string())
      headers.emplace_back((*pair)[0].get_string(), (*pair)[1].get_string());
  }
  return headers;
}

/// What the client is shown of a refusal: {"code", "path", "error"}, as the reference stores it.
json::Object stored_errors(const json::Object& refusal) {
  json::Object errors{{"code", "unexpected"}, {"path", "$"}, {"error", refusal.at("message")}};
  if (const auto* extensions = refusal.if_contains("extensions"); extensions != nullptr && extensions->is_object()) {
    for (const auto& [name, value] : extensions->get_object()) errors[name] = value;
  }
  return errors;
}

class ActionQueue : public RowQueue {
 public:
  ActionQueue(std::shared_ptr<const Metadata> metadata, postgres::Pool& pool,
              const graphql_webhooks::ActionCaller& caller)
      : metadata_(std::move(metadata)), pool_(pool), caller_(caller) {
    for (const auto& action : metadata_->actions) {
      if (action.kind == Action::Kind::kAsynchronous) actions_.emplace(action.name, &action);
    }
  }

  std::string name() const override { return "asynchronous actions"; }
  bool knows(const std::string& trigger) const override { return actions_.contains(trigger); }

  Result<void> keep(Context& context, const std::set<std::string>& ids) override {
    return change(context, pool_, kKeep, {postgres::array_literal(ids)});
  }

  Result<void> give_back(Context& context, const std::set<std::string>& ids, Held held) override {
    if (held == Held::kTaken) {
      for (const auto& id : ids) release(id);
    }
    return change(context, pool_, kGiveBack, {postgres::array_literal(ids), to_sql(held == Held::kReserved)});
  }

  Result<void> conclude(Context& context, const Delivery& delivery, const Result<http_client::Response>& answer,
                        const Verdict& /*verdict*/) override {
    const auto call = release(delivery.ticket.id);
    if (!call) return {};
    const Context asking{.clock = context.clock, .identifiers = context.identifiers, .session = call->session};
    const std::expected<json::Value, json::Object> value =
        delivery.request ? caller_.read(asking, view(*call), answer)
                         : std::unexpected(graphql::foreign_error(delivery.request.error().message()));
    return change(context, pool_, kConclude,
                  {delivery.ticket.id, value ? std::optional(json::serialize(*value)) : std::nullopt,
                   value ? std::nullopt : std::optional(json::serialize(stored_errors(value.error())))});
  }

  Result<std::size_t> maintain(Context& context, const Retention& retention) override {
    return pool_.transact(context, {}, [&](postgres::Transaction& transaction) {
      return transaction.change(kPrune,
                                {std::to_string(retention.over.count()), std::to_string(retention.failed.count())});
    });
  }

 protected:
  Result<postgres::Rows> lease_due(Context& context, std::size_t most, std::chrono::seconds lease, Held held) override {
    if (actions_.empty()) return postgres::Rows();
    std::set<std::string> names;
    for (const auto& [name, action] : actions_) names.insert(name);
    return ask(context, pool_, lease_.get(),
               {postgres::array_literal(names), std::to_string(most), std::to_string(lease.count()),
                to_sql(held == Held::kReserved)});
  }

  Result<postgres::Rows> lease_one(Context& context, const Ticket& ticket, std::chrono::seconds lease) override {
    return ask(context, pool_, claim_.get(), {ticket.id, ticket.trigger, std::to_string(lease.count())});
  }

  Delivery read(const Context& context, const postgres::Rows& rows, std::size_t row) override {
    Ticket ticket = ticket_of(rows, row);
    const std::string id = ticket.id;
    Call call{.action = actions_.at(ticket.trigger),
              .session = session_of(object_in(rows, row, "session_variables")),
              .input = object_in(rows, row, "input_payload"),
              .headers = headers_of(rows, row)};
    const Context asking{.clock = context.clock, .identifiers = context.identifiers, .session = call.session};
    Delivery due{.ticket = std::move(ticket), .request = caller_.request(asking, view(call))};
    if (due.request) due.request->headers.emplace_back("idempotency-key", id);
    const std::lock_guard lock(mutex_);
    under_way_.insert_or_assign(id, std::move(call));
    return due;
  }

 private:
  struct Call {
    const Action* action = nullptr;
    Session session;
    json::Object input;
    graphql::ClientHeaders headers;
  };

  static graphql::WebhookCall view(const Call& call) {
    return {.action = *call.action, .input = call.input, .request_query = {}, .client_headers = call.headers};
  }

  std::optional<Call> release(const std::string& id) {
    const std::lock_guard lock(mutex_);
    auto node = under_way_.extract(id);
    return node.empty() ? std::nullopt : std::optional(std::move(node.mapped()));
  }

  const std::shared_ptr<const Metadata> metadata_;
  postgres::Pool& pool_;
  const graphql_webhooks::ActionCaller& caller_;
  const MadeStatement lease_{"graphql_events.lease_actions", fmt::format(fmt::runtime(kLease), kColumns)};
  const MadeStatement claim_{"graphql_events.claim_action", fmt::format(fmt::runtime(kClaim), kColumns)};
  std::map<std::string, const Action*> actions_;
  std::mutex mutex_;
  std::map<std::string, Call> under_way_;
};

}  // namespace

std::shared_ptr<Queue> action_queue(std::shared_ptr<const Metadata> metadata, postgres::Pool& pool,
                                    const graphql_webhooks::ActionCaller& caller) {
  return std::make_shared<ActionQueue>(std::move(metadata), pool, caller);
}

}  // namespace busflow::graphql_events
