#include <platform/graphql/engine.hpp>

#include <fmt/format.h>

#include <platform/graphql/error_response.hpp>
#include <platform/graphql/session_variables.hpp>

#include "compile/action_call.hpp"
#include "execute/action.hpp"
#include "execute/bind.hpp"
#include "execute/joins.hpp"
#include "execute/limits.hpp"
#include "execute/parts.hpp"
#include "execute/planner.hpp"

namespace busflow::graphql {

namespace asio = boost::asio;

struct Engine::Implementation {
  EngineOptions options;
  std::unique_ptr<Planner> planner;
  std::map<std::string, ActionHandler> handlers;
  bool wants_client_headers = false;
  bool calls_webhooks = false;

  /// The response for an error that is not a handler's. Faults go to whoever watches.
  std::string refuse(const Error& error) const {
    report(error);
    return error_response(error);
  }

  void report(const Error& error) const {
    if (error.name == ErrorName::kInternal && options.on_fault) options.on_fault(error.message());
  }
};

namespace {

constexpr std::size_t kMostParameters = 65535;  // Of a statement in PostgreSQL's protocol.

Result<Prepared> prepare(Planner& planner, const RequestView& request, const Session& session) {
  Prepared prepared;
  BUSFLOW_TRY(prepared.plan, planner.plan(request, session));
  const bool is_answerable = prepared.plan->watches_actions() && request.may_watch;
  if (prepared.plan->kind() == OperationKind::kSubscription && !is_answerable) {
    return fail(ErrorName::kUnexpectedPayload, "subscriptions are not supported over HTTP, use websockets instead",
                "$");
  }
  const PlanParts& plan = prepared.plan->parts();
  for (const PlanStatement& statement : plan.statements) {
    BUSFLOW_TRY(auto parameters, bind_parameters(statement.parameters, *request.variables, session));
    prepared.reads.push_back(std::move(parameters));
  }
  for (const PlanJoin& join : plan.joins) {
    BUSFLOW_TRY(auto parameters, bind_parameters(join.statement.parameters, *request.variables, session));
    prepared.joins.push_back(std::move(parameters));
  }
  for (const PlanStep* step : steps_of(plan)) {
    BUSFLOW_TRY(auto parameters, bind_parameters(step->parameters, *request.variables, session));
    if (parameters.size() > kMostParameters)
      return fail(ErrorName::kPayloadTooLarge, "the mutation has too many values; send it in parts", step->error_path);
    prepared.writes.push_back({step->statement, std::move(parameters)});
  }
  return prepared;
}

/// What leaves the session's variables where triggers find them, for the sources that have any.
void introduce(const Planner& planner, const Session& session, Prepared& prepared) {
  static const auto statement = std::make_shared<const postgres::PipelineStatement>(postgres::PipelineStatement{
      postgres::next_pipeline_statement_id(), "SELECT set_config('hasura.user', $1, true)"});
  for (const PlanStep* step : steps_of(prepared.plan->parts())) {
    if (prepared.introductions.contains(step->source) || !planner.has_event_triggers(step->source)) continue;
    prepared.introductions.emplace(
        step->source,
        postgres::PipelineCall{statement, postgres::Parameters{json::serialize(session_variables(session))}});
  }
}

Result<std::vector<json::Object>> action_inputs(const Planner& planner, const PlanParts& plan,
                                                const json::Object& variables) {
  const compile::VariableResolver resolver(plan.signature, plan.variables, variables);
  std::vector<json::Object> inputs;
  for (const PlanField& field : plan.fields) {
    if (field.action == nullptr) continue;
    BUSFLOW_TRY(json::Object input, compile::action_input(planner.actions(), *field.action, resolver));
    inputs.push_back(std::move(input));
  }
  return inputs;
}

/// Of a plan that is one statement, and perhaps joins: the response body.
asio::awaitable<Result<std::string>> run_statement(ExecutionResources resources, const Context* context,
                                                   Prepared* prepared) {
  const PlanParts& plan = prepared->plan->parts();
  const PlanStatement& statement = plan.statements.front();
  const auto pipeline = resources.databases.pipeline(statement.source);
  if (!pipeline) co_return std::unexpected(pipeline.error());
  auto rows = co_await (*pipeline)->execute(statement.statement, std::move(prepared->reads.front()),
                                            std::string(context->session.tenant_id()), context->deadline,
                                            prepared->time.statement_timeout());
  if (!rows) co_return std::unexpected(rows.error());
  if (rows->empty()) co_return fail(ErrorName::kInternal, "the statement gave no row", "$");
  if (plan.joins.empty()) co_return data_response(rows->text(0, 0));
  const auto joined = co_await run_joins(resources, context, prepared, std::string(rows->text(0, 0)));
  if (!joined) co_return std::unexpected(joined.error());
  co_return data_response(*joined);
}

}  // namespace

Engine::Engine(std::unique_ptr<const Implementation> implementation) : implementation_(std::move(implementation)) {}
Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::create(std::span<const EmbeddedFile> metadata, const Catalog& catalog,
                                               std::map<std::string, ActionHandler> handlers, EngineOptions options) {
  BUSFLOW_TRY(metadata::Metadata loaded, metadata::load(metadata));
  Catalogs catalogs;
  for (const auto& source : loaded.sources)
    catalogs[source.name] = std::shared_ptr<const Catalog>(std::shared_ptr<const void>(), &catalog);
  return create(std::make_shared<const metadata::Metadata>(std::move(loaded)), catalogs, std::move(handlers),
                std::move(options));
}

Result<std::unique_ptr<Engine>> Engine::create(std::shared_ptr<const metadata::Metadata> metadata,
                                               const Catalogs& catalogs, std::map<std::string, ActionHandler> handlers,
                                               EngineOptions options) {
  auto implementation = std::make_unique<Implementation>();
  BUSFLOW_TRY(implementation->planner, Planner::create(std::move(metadata), catalogs, options));
  const auto& actions = implementation->planner->actions();
  for (const auto& action : actions.actions) {
    if (action.is_asynchronous() && (options.action_log == nullptr || handlers.contains(action.name))) {
      return fail(ErrorName::kInvalidMetadata,
                  fmt::format("{}: the action '{}' is asynchronous, which is only served for webhooks, and where calls "
                              "are kept",
                              action.location.describe(), action.name));
    }
    if (handlers.contains(action.name) || (options.call_webhook && !action.source->is_internal())) continue;
    return fail(ErrorName::kInvalidMetadata, fmt::format("{}: no package has a handler for the action '{}'",
                                                         action.location.describe(), action.name));
  }
  for (const auto& [name, handler] : handlers) {
    if (actions.find(name) == nullptr)
      return fail(ErrorName::kInvalidMetadata, fmt::format("the handler '{}' has no action in any actions.yaml", name));
  }
  for (const auto& action : actions.actions) {
    const bool is_webhook = !handlers.contains(action.name);
    implementation->calls_webhooks |= is_webhook;
    implementation->wants_client_headers |= is_webhook && action.source->forward_client_headers;
  }
  implementation->handlers = std::move(handlers);
  implementation->options = std::move(options);
  return std::unique_ptr<Engine>(new Engine(std::move(implementation)));
}

Result<std::shared_ptr<const Plan>> Engine::plan(const Request& request, const Session& session) const {
  return implementation_->planner->plan(view_request(request), session);
}

Result<BoundQuery> Engine::bind(const Plan& plan, const Request& request, const Session& session) const {
  BoundQuery bound;
  bound.statement = plan.statement();
  bound.tenant_id = session.tenant_id();
  BUSFLOW_TRY(bound.parameters,
              bind_parameters(plan.parts().statements.front().parameters, request.variables, session));
  return bound;
}

std::string Engine::schema_text(std::string_view role, SchemaKind schema) const {
  return schema::print_schema(implementation_->planner->role_schema(role, schema));
}

bool Engine::calls_webhooks() const { return implementation_->calls_webhooks; }

bool Engine::wants_client_headers() const { return implementation_->wants_client_headers; }

bool Engine::has_rate_limits() const { return implementation_->planner->limits().has_rates(); }

bool Engine::is_rate_limited(std::string_view role) const {
  return implementation_->planner->limits().rate(role) != nullptr;
}

asio::awaitable<Result<void>> Engine::count(Context context, std::string client_address) const {
  const metadata::RateLimit* limit = implementation_->planner->limits().rate(context.session.role());
  if (limit == nullptr) co_return Result<void>{};
  const auto& count = implementation_->options.count_operation;
  if (!count) co_return fail(ErrorName::kInternal, "the metadata limits rates, and nothing here counts operations");
  const auto most = static_cast<std::size_t>(limit->per_minute.value);
  std::string subject = rate_subject(*limit, context.session, client_address);
  const auto counted = co_await count(std::move(context), most, std::move(subject));
  if (!counted) co_return std::unexpected(counted.error());
  const std::optional<std::chrono::seconds> wait = *counted;
  if (!wait) co_return Result<void>{};
  co_return std::unexpected(
      Error{.name = ErrorName::kTooManyRequests,
            .detail = fmt::format("rate limit of {} exceeded\ntry again in {} s", most, wait->count()),
            .path = "$",
            .retry_after = *wait});
}

asio::awaitable<std::string> Engine::execute_view(ExecutionResources resources, Context* context,
                                                  RequestView request) const {
  if (!request.is_counted && is_rate_limited(context->session.role())) {
    const auto counted = co_await count(*context, std::string(resources.client_address));
    if (!counted && resources.retry_after) *resources.retry_after = counted.error().retry_after;
    if (!counted) co_return implementation_->refuse(counted.error());
  }
  auto prepared = prepare(*implementation_->planner, request, context->session);
  if (!prepared) co_return implementation_->refuse(prepared.error());
  const PlanParts& plan = prepared->plan->parts();
  prepared->time = TimeLimit(plan.time_limit, *context);
  if (plan.is_in_parts) {
    if (implementation_->options.leaves_session_in_transactions)
      introduce(*implementation_->planner, context->session, *prepared);
    auto inputs = action_inputs(*implementation_->planner, plan, *request.variables);
    if (!inputs) co_return implementation_->refuse(inputs.error());
    const ActionEnvironment environment{.handlers = implementation_->handlers,
                                        .options = implementation_->options,
                                        .context = *context,
                                        .request_query = request.query,
                                        .time = prepared->time};
    co_return co_await run_parts(resources, &environment, std::move(*prepared), std::move(*inputs));
  }
  if (plan.constant_data) co_return data_response(*plan.constant_data);
  auto body = co_await run_statement(resources, context, &*prepared);
  co_return body ? std::move(*body) : implementation_->refuse(prepared->time.blame(body.error()));
}

asio::awaitable<std::string> Engine::execute(ExecutionResources resources, Context context, std::string body,
                                             SchemaKind schema) const {
  const auto payload = json::parse(body);
  if (!payload) co_return implementation_->refuse(payload.error());
  const auto* batch = payload->if_array();
  if (batch == nullptr) {
    auto request = view_request(*payload);
    if (request) request->schema = schema;
    if (!request) co_return implementation_->refuse(request.error());
    co_return co_await execute_view(resources, &context, *request);
  }
  if (batch->size() > implementation_->options.max_batch) {
    const std::string detail = fmt::format("a batch may hold {} requests at most", implementation_->options.max_batch);
    co_return implementation_->refuse(Error{ErrorName::kValidationFailed, detail, "$"});
  }
  if (const auto fits = implementation_->planner->limits().check_batch(context.session.role(), batch->size()); !fits)
    co_return implementation_->refuse(fits.error());
  resources.retry_after = nullptr;
  const SteadyTime deadline = context.deadline;
  std::string answers = "[";
  for (const auto& item : *batch) {
    if (answers.size() > 1) answers += ',';
    auto request = view_request(item);
    if (request) request->schema = schema;
    if (!request) {
      answers += implementation_->refuse(request.error());
      continue;
    }
    context.deadline = deadline;  // Of the one before, a time limit may have brought it nearer.
    answers += co_await execute_view(resources, &context, *request);
  }
  co_return answers + "]";
}

asio::awaitable<std::string> Engine::execute(ExecutionResources resources, Context context, Request request) const {
  RequestView view = view_request(request);
  view.may_watch = true;
  co_return co_await execute_view(resources, &context, view);
}

}  // namespace busflow::graphql
