#include <platform/graphql/engine.hpp>

#include <fmt/format.h>

#include <platform/graphql/error_response.hpp>

#include "compile/action_call.hpp"
#include "execute/action.hpp"
#include "execute/bind.hpp"
#include "execute/planner.hpp"
#include "mutation/fault.hpp"

namespace busflow::graphql {

namespace asio = boost::asio;

struct Engine::Implementation {
  EngineOptions options;
  std::unique_ptr<Planner> planner;
  std::map<std::string, ActionHandler> handlers;
  bool wants_client_headers = false;

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

/// What one request needs once it is planned and bound.
struct Prepared {
  std::shared_ptr<const Plan> plan;
  postgres::Parameters parameters;
  std::vector<postgres::PipelineCall> writes;  ///< Of all fields' steps, in order.
};

Result<Prepared> prepare(Planner& planner, const RequestView& request, const Session& session) {
  Prepared prepared;
  BUSFLOW_TRY(prepared.plan, planner.plan(request, session));
  if (prepared.plan->kind() == OperationKind::kSubscription) {
    return fail(ErrorName::kUnexpectedPayload, "subscriptions are not supported over HTTP, use websockets instead",
                "$");
  }
  const PlanParts& plan = prepared.plan->parts();
  BUSFLOW_TRY(prepared.parameters, bind_parameters(plan.parameters, *request.variables, session));
  if (!plan.has_steps) return prepared;
  for (const PlanField& field : plan.fields) {
    for (const PlanStep& step : field.steps) {
      BUSFLOW_TRY(auto parameters, bind_parameters(step.parameters, *request.variables, session));
      if (parameters.size() > kMostParameters)
        return fail(ErrorName::kPayloadTooLarge, "the mutation has too many values; send it in parts", step.error_path);
      prepared.writes.push_back({step.statement, std::move(parameters)});
    }
  }
  return prepared;
}

std::string data_response(std::string_view data) {
  std::string body;
  body.reserve(data.size() + 10);
  body.append(R"({"data":)").append(data).append("}");
  return body;
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

}  // namespace

Engine::Engine(std::unique_ptr<const Implementation> implementation) : implementation_(std::move(implementation)) {}
Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::create(std::span<const EmbeddedFile> metadata, const Catalog& catalog,
                                               std::map<std::string, ActionHandler> handlers, EngineOptions options) {
  BUSFLOW_TRY(metadata::Metadata loaded, metadata::load(metadata));
  return create(std::make_shared<const metadata::Metadata>(std::move(loaded)), catalog, std::move(handlers),
                std::move(options));
}

Result<std::unique_ptr<Engine>> Engine::create(std::shared_ptr<const metadata::Metadata> metadata,
                                               const Catalog& catalog, std::map<std::string, ActionHandler> handlers,
                                               EngineOptions options) {
  auto implementation = std::make_unique<Implementation>();
  BUSFLOW_TRY(implementation->planner, Planner::create(std::move(metadata), catalog, options));
  const auto& actions = implementation->planner->actions();
  for (const auto& action : actions.actions) {
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
  BUSFLOW_TRY(bound.parameters, bind_parameters(plan.parts().parameters, request.variables, session));
  return bound;
}

std::string Engine::schema_text(std::string_view role) const {
  return schema::print_schema(implementation_->planner->role_schema(role));
}

bool Engine::wants_client_headers() const { return implementation_->wants_client_headers; }

namespace {

const PlanStep* step_at(const PlanParts& plan, std::size_t number) {
  for (const PlanField& field : plan.fields) {
    if (number < field.steps.size()) return &field.steps[number];
    number -= field.steps.size();
  }
  return nullptr;
}

/// What a failed mutation is about: a refusal of its own, or the database's words with the place they belong to.
Error mutation_error(const PlanParts& plan, Error error, std::size_t failed_call) {
  const PlanStep* step = step_at(plan, failed_call);
  if (step == nullptr || error.name == ErrorName::kInternal) return error;
  if (error.name == ErrorName::kDataException) {
    const auto fault = compile::fault_number(error.detail);
    if (fault && *fault < step->faults.size()) return step->faults[*fault];
  }
  error.path = step->error_path;
  return error;
}

/// The fields' values out of the rows of their steps, by field; empty for fields without steps.
std::vector<std::string> field_values(const PlanParts& plan, const std::vector<postgres::Rows>& rows) {
  std::vector<std::string> values;
  std::size_t next = 0;
  for (const PlanField& field : plan.fields) {
    std::string value = field.is_list_of_steps ? "[" : "";
    for (const PlanStep& step : field.steps) {
      const postgres::Rows& row = rows[next++];
      if (!step.gives_result) continue;
      if (value.size() > 1) value += ',';
      value += row.empty() || row.is_null(0, 0) ? std::string_view("null") : row.text(0, 0);
    }
    if (field.is_list_of_steps) value += ']';
    values.push_back(std::move(value));
  }
  return values;
}

/// Runs a plan that is more than one statement: the statement or the mutations' transaction, then the actions in order.
/// The response body. What the pointer refers to outlives the coroutine.
asio::awaitable<std::string> run_fields(ExecutionResources resources, const ActionEnvironment* environment,
                                        Prepared prepared, std::vector<json::Object> inputs) {
  const PlanParts& plan = prepared.plan->parts();
  const Context& context = environment->context;
  const EngineOptions& options = environment->options;
  const std::string tenant_id(context.session.tenant_id());
  postgres::Rows rows;
  std::vector<std::string> written;
  std::optional<Error> error;
  if (plan.has_steps) {
    postgres::TransactionOutcome outcome;
    if (!prepared.writes.empty())
      outcome = co_await resources.pipeline.transact(std::move(prepared.writes), tenant_id, context.deadline);
    if (outcome.error) {
      error = mutation_error(plan, *outcome.error, outcome.failed_call);
    } else {
      written = field_values(plan, outcome.rows);
    }
  } else if (plan.statement != nullptr) {
    auto answer = co_await resources.pipeline.execute(plan.statement, std::move(prepared.parameters), tenant_id,
                                                      context.deadline);
    if (answer) {
      rows = std::move(*answer);
    } else {
      error = answer.error();
    }
  }
  if (error) {
    if (error->name == ErrorName::kInternal && options.on_fault) options.on_fault(error->message());
    co_return error_response(*error);
  }
  std::string data = "{";
  std::size_t next_input = 0;
  for (std::size_t i = 0; i < plan.fields.size(); ++i) {
    const PlanField& field = plan.fields[i];
    data += data.size() > 1 ? ",\"" : "\"";
    data.append(field.response_name).append("\":");
    if (field.action == nullptr) {
      const bool is_null = field.column && rows.is_null(0, *field.column);
      data += !field.steps.empty() || field.is_list_of_steps ? std::string_view(written[i])
              : !field.column                                ? std::string_view(field.constant)
              : is_null                                      ? std::string_view("null")
                                                             : rows.text(0, *field.column);
      continue;
    }
    const auto value = co_await run_action(resources, environment, field.action.get(), std::move(inputs[next_input++]));
    if (!value) co_return "{\"errors\":[" + value.error() + "]}";
    data += *value;
  }
  co_return data_response(data + "}");
}

}  // namespace

asio::awaitable<std::string> Engine::execute_view(ExecutionResources resources, Context* context,
                                                  RequestView request) const {
  auto prepared = prepare(*implementation_->planner, request, context->session);
  if (!prepared) co_return implementation_->refuse(prepared.error());
  const PlanParts& plan = prepared->plan->parts();
  if (plan.has_actions || plan.has_steps) {
    auto inputs = action_inputs(*implementation_->planner, plan, *request.variables);
    if (!inputs) co_return implementation_->refuse(inputs.error());
    const ActionEnvironment environment{.handlers = implementation_->handlers,
                                        .options = implementation_->options,
                                        .context = *context,
                                        .request_query = request.query};
    co_return co_await run_fields(resources, &environment, std::move(*prepared), std::move(*inputs));
  }
  if (plan.constant_data) co_return data_response(*plan.constant_data);
  auto rows = co_await resources.pipeline.execute(plan.statement, std::move(prepared->parameters),
                                                  std::string(context->session.tenant_id()), context->deadline);
  if (!rows) co_return implementation_->refuse(rows.error());
  if (rows->empty()) co_return implementation_->refuse(Error{ErrorName::kInternal, "the statement gave no row", "$"});
  co_return data_response(rows->text(0, 0));
}

asio::awaitable<std::string> Engine::execute(ExecutionResources resources, Context context, std::string body) const {
  const auto payload = json::parse(body);
  if (!payload) co_return implementation_->refuse(payload.error());
  const auto* batch = payload->if_array();
  if (batch == nullptr) {
    const auto request = view_request(*payload);
    if (!request) co_return implementation_->refuse(request.error());
    co_return co_await execute_view(resources, &context, *request);
  }
  if (batch->size() > implementation_->options.max_batch) {
    const std::string detail = fmt::format("a batch may hold {} requests at most", implementation_->options.max_batch);
    co_return implementation_->refuse(Error{ErrorName::kValidationFailed, detail, "$"});
  }
  std::string answers = "[";
  for (const auto& item : *batch) {
    if (answers.size() > 1) answers += ',';
    const auto request = view_request(item);
    if (!request) {
      answers += implementation_->refuse(request.error());
      continue;
    }
    answers += co_await execute_view(resources, &context, *request);
  }
  co_return answers + "]";
}

asio::awaitable<std::string> Engine::execute(ExecutionResources resources, Context context, Request request) const {
  co_return co_await execute_view(resources, &context, view_request(request));
}

}  // namespace busflow::graphql
