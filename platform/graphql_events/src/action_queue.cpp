#include <map>
#include <mutex>

#include <platform/graphql/error_response.hpp>
#include <platform/graphql_events/actions.hpp>

#include "webhook.hpp"

namespace busflow::graphql_events {
namespace {

using graphql::metadata::Action;
using graphql::metadata::Metadata;

constexpr postgres::Statement kTake{"graphql_events.take_actions", R"sql(
UPDATE hdb_catalog.hdb_action_log SET status = 'processing', locked = now() WHERE id IN (
  SELECT id FROM hdb_catalog.hdb_action_log
   WHERE status IN ('created', 'processing') AND action_name = ANY($1::text[])
     AND (status = 'created' OR coalesce(locked, created_at) < now() - make_interval(secs => $3::integer))
   ORDER BY created_at LIMIT $2::integer FOR UPDATE SKIP LOCKED)
RETURNING id, action_name, input_payload, request_headers, session_variables)sql"};
constexpr postgres::Statement kKeep{"graphql_events.keep_actions",
                                    "UPDATE hdb_catalog.hdb_action_log SET locked = now() WHERE id = ANY($1::uuid[]) "
                                    "AND status = 'processing'"};
constexpr postgres::Statement kGiveBack{"graphql_events.give_back_actions",
                                        "UPDATE hdb_catalog.hdb_action_log SET status = 'created', locked = NULL WHERE "
                                        "id = ANY($1::uuid[]) AND status = 'processing'"};
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

class ActionQueue : public Queue {
 public:
  ActionQueue(std::shared_ptr<const Metadata> metadata, postgres::Pool& pool,
              const graphql_webhooks::ActionCaller& caller)
      : metadata_(std::move(metadata)), pool_(pool), caller_(caller) {
    for (const auto& action : metadata_->actions) {
      if (action.kind == Action::Kind::kAsynchronous) actions_.emplace(action.name, &action);
    }
  }

  std::string name() const override { return "asynchronous actions"; }

  Result<std::vector<Delivery>> take(Context& context, std::size_t most, std::chrono::seconds lease) override {
    if (actions_.empty()) return std::vector<Delivery>();
    std::set<std::string> names;
    for (const auto& [name, action] : actions_) names.insert(name);
    return pool_.transact(context, {}, [&](postgres::Transaction& transaction) -> Result<std::vector<Delivery>> {
      BUSFLOW_TRY(const auto rows,
                  transaction.execute(kTake, {array_of(names), std::to_string(most), std::to_string(lease.count())}));
      std::vector<Delivery> taken;
      for (std::size_t row = 0; row < rows.size(); ++row) taken.push_back(read(context, rows, row));
      return taken;
    });
  }

  Result<void> keep(Context& context, const std::set<std::string>& ids) override {
    return change(context, pool_, kKeep, {array_of(ids)});
  }

  Result<void> give_back(Context& context, const std::set<std::string>& ids) override {
    for (const auto& id : ids) release(id);
    return change(context, pool_, kGiveBack, {array_of(ids)});
  }

  Result<void> conclude(Context& context, const Delivery& delivery, const Result<http_client::Response>& answer,
                        const Verdict& /*verdict*/) override {
    const auto call = release(delivery.id);
    if (!call) return {};
    const Context asking{.clock = context.clock, .identifiers = context.identifiers, .session = call->session};
    const std::expected<json::Value, json::Object> value =
        delivery.request ? caller_.read(asking, view(*call), answer)
                         : std::unexpected(graphql::foreign_error(delivery.request.error().message()));
    return change(context, pool_, kConclude,
                  {delivery.id, value ? std::optional(json::serialize(*value)) : std::nullopt,
                   value ? std::nullopt : std::optional(json::serialize(stored_errors(value.error())))});
  }

  Result<std::size_t> maintain(Context& context, const Retention& retention) override {
    return pool_.transact(context, {}, [&](postgres::Transaction& transaction) {
      return transaction.change(kPrune,
                                {std::to_string(retention.over.count()), std::to_string(retention.failed.count())});
    });
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

  Delivery read(const Context& context, const postgres::Rows& rows, std::size_t row) {
    const std::string id(rows.text(row, "id"));
    Call call{.action = actions_.at(std::string(rows.text(row, "action_name"))),
              .session = session_of(object_in(rows, row, "session_variables")),
              .input = object_in(rows, row, "input_payload"),
              .headers = headers_of(rows, row)};
    const Context asking{.clock = context.clock, .identifiers = context.identifiers, .session = call.session};
    Delivery due{.id = id, .trigger = call.action->name, .request = caller_.request(asking, view(call))};
    if (due.request) due.request->headers.emplace_back("idempotency-key", id);
    const std::lock_guard lock(mutex_);
    under_way_.insert_or_assign(id, std::move(call));
    return due;
  }

  std::optional<Call> release(const std::string& id) {
    const std::lock_guard lock(mutex_);
    auto node = under_way_.extract(id);
    return node.empty() ? std::nullopt : std::optional(std::move(node.mapped()));
  }

  const std::shared_ptr<const Metadata> metadata_;
  postgres::Pool& pool_;
  const graphql_webhooks::ActionCaller& caller_;
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
