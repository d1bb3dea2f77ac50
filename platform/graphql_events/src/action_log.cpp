#include <platform/base/identifier.hpp>
#include <platform/graphql/session_variables.hpp>
#include <platform/graphql_events/actions.hpp>

namespace busflow::graphql_events {
namespace {

// The reference's table (server/src-rsr/catalog_versions), with columns for leases (row_queue.hpp): "processing" alone
// would stay so for ever when its instance dies.
constexpr std::string_view kTables = R"sql(
CREATE SCHEMA IF NOT EXISTS hdb_catalog;
CREATE TABLE IF NOT EXISTS hdb_catalog.hdb_action_log (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), action_name text, input_payload jsonb NOT NULL,
  request_headers jsonb NOT NULL, session_variables jsonb NOT NULL, response_payload jsonb, errors jsonb,
  created_at timestamptz NOT NULL DEFAULT now(), response_received_at timestamptz,
  status text NOT NULL CHECK (status IN ('created', 'processing', 'completed', 'error')));
ALTER TABLE hdb_catalog.hdb_action_log ADD COLUMN IF NOT EXISTS locked timestamptz,
  ADD COLUMN IF NOT EXISTS queued timestamptz;
CREATE INDEX IF NOT EXISTS hdb_action_log_open ON hdb_catalog.hdb_action_log (created_at)
  WHERE status IN ('created', 'processing'))sql";

constexpr postgres::Statement kLock{"graphql_events.lock_actions",
                                    "SELECT pg_advisory_xact_lock(hashtext('hdb_catalog.hdb_action_log'))"};
constexpr postgres::Statement kAdd{"graphql_events.add_action", R"sql(
INSERT INTO hdb_catalog.hdb_action_log (action_name, input_payload, request_headers, session_variables, status)
VALUES ($1, $2::jsonb, $3::jsonb, $4::jsonb, 'created') RETURNING id)sql"};
constexpr postgres::Statement kFind{"graphql_events.find_action", R"sql(
SELECT id, to_json(created_at) #>> '{}' AS created_at, coalesce(response_payload, 'null') AS response,
       coalesce(errors, 'null') AS errors
  FROM hdb_catalog.hdb_action_log
 WHERE id = $1::uuid AND action_name = $2 AND ($3::boolean OR session_variables = $4::jsonb))sql"};

class StoredActionLog : public graphql::ActionLog {
 public:
  explicit StoredActionLog(postgres::Pool& pool) : pool_(pool) {}

  Result<std::string> add(Context& context, const graphql::WebhookCall& call) override {
    // Headers may be secrets: those are kept that will be sent.
    json::Array headers;
    if (call.action.forward_client_headers) {
      for (const auto& [name, value] : call.client_headers) headers.push_back(json::Array{name, value});
    }
    const postgres::Parameters parameters{call.action.name, json::serialize(call.input), json::serialize(headers),
                                          json::serialize(graphql::session_variables(context.session))};
    return pool_.transact(context, {}, [&](postgres::Transaction& transaction) -> Result<std::string> {
      BUSFLOW_TRY(const auto rows, transaction.execute(kAdd, parameters));
      return std::string(rows.text(0, 0));
    });
  }

  Result<std::optional<graphql::ActionRecord>> find(Context& context, const std::string& action,
                                                    const std::string& id) override {
    if (!Uuid::parse(id))
      return fail(ErrorName::kBadRequest, "invalid input syntax for type uuid: " + json::quote(id), "$");
    const bool sees_all = context.session.role() == "admin";
    const postgres::Parameters parameters{id, action, sees_all ? "true" : "false",
                                          json::serialize(graphql::session_variables(context.session))};
    using Found = std::optional<graphql::ActionRecord>;
    return pool_.transact(context, {}, [&](postgres::Transaction& transaction) -> Result<Found> {
      BUSFLOW_TRY(const auto rows, transaction.execute(kFind, parameters));
      if (rows.empty()) return Found();
      graphql::ActionRecord record{.id = std::string(rows.text(0, "id")),
                                   .created_at = std::string(rows.text(0, "created_at"))};
      BUSFLOW_TRY(record.response, json::parse(rows.text(0, "response")));
      BUSFLOW_TRY(record.errors, json::parse(rows.text(0, "errors")));
      return Found(std::move(record));
    });
  }

 private:
  postgres::Pool& pool_;
};

}  // namespace

Result<void> prepare_actions(Context& context, postgres::Pool& pool) {
  return pool.transact(context, {}, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_CHECK(transaction.execute(kLock, {}));  // Instances may start at once.
    return transaction.script(std::string(kTables));
  });
}

std::shared_ptr<graphql::ActionLog> action_log(postgres::Pool& pool) { return std::make_shared<StoredActionLog>(pool); }

}  // namespace busflow::graphql_events
