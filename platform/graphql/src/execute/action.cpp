#include "execute/action.hpp"

#include <functional>

#include <fmt/format.h>

#include <platform/graphql/error_response.hpp>

namespace busflow::graphql {

namespace asio = boost::asio;

namespace {

using Outcome = std::expected<std::string, std::string>;

Outcome refuse(const ActionEnvironment& environment, const compile::ActionCall& call, const Error& error) {
  if (error.name == ErrorName::kInternal && environment.options.on_fault)
    environment.options.on_fault(fmt::format("action {}: {}", call.action->name, error.message()));
  return std::unexpected(handler_error_object(error));
}

Outcome from_handler(const ActionEnvironment& environment, const compile::ActionCall& call,
                     const Result<json::Value>& answer) {
  if (!answer) return refuse(environment, call, answer.error());
  auto projected = compile::project_output(*answer, call.output);
  if (!projected) return refuse(environment, call, projected.error());
  return std::move(*projected);
}

/// What the webhook said, or why it cannot be given to the client.
Outcome from_webhook(const ActionEnvironment& environment, const compile::ActionCall& call,
                     const std::expected<json::Value, json::Object>& answer) {
  if (!answer) return std::unexpected(json::serialize(answer.error()));
  if (const std::string problem = compile::webhook_mismatch(*answer, call.output); !problem.empty())
    return std::unexpected(json::serialize(foreign_error(problem)));
  return from_handler(environment, call, *answer);
}

/// Nothing: null.
Outcome from_log(const ActionEnvironment& environment, const compile::ActionCall& call,
                 const std::optional<ActionRecord>& record) {
  if (!record) return "null";
  return from_webhook(environment, call,
                      json::Object{{"id", record->id},
                                   {"created_at", record->created_at},
                                   {"errors", record->errors},
                                   {"output", record->response}});
}

/// Blocks.
Outcome perform(const ActionEnvironment& environment, const compile::ActionCall& call, const json::Object& input,
                const ExecutionResources& resources) {
  static const ClientHeaders kNone;
  using Service = schema::ActionDefinition::Service;
  const schema::ActionDefinition& action = *call.action;
  if (action.service == Service::kWatch) {
    const auto record =
        environment.options.action_log->find(environment.context, action.name, std::string(input.at("id").as_string()));
    return record ? from_log(environment, call, *record) : refuse(environment, call, record.error());
  }
  if (const auto handler = environment.handlers.find(action.name); handler != environment.handlers.end())
    return from_handler(environment, call, handler->second(environment.context, input));
  const WebhookCall asked{.action = *action.source,
                          .input = input,
                          .request_query = environment.request_query,
                          .client_headers = resources.client_headers ? *resources.client_headers : kNone,
                          .cookies = resources.cookies.get()};
  if (action.service == Service::kCall)
    return from_webhook(environment, call, environment.options.call_webhook(environment.context, asked));
  const auto id = environment.options.action_log->add(environment.context, asked);
  return id ? Outcome(json::quote(*id)) : refuse(environment, call, id.error());
}

}  // namespace

asio::awaitable<std::expected<std::string, std::string>> run_action(ExecutionResources resources,
                                                                    const ActionEnvironment* environment,
                                                                    const compile::ActionCall* call,
                                                                    json::Object input) {
  std::move_only_function<Result<Outcome>()> work = [environment, call, &input, resources]() -> Result<Outcome> {
    return perform(*environment, *call, input, resources);
  };
  auto done = co_await runtime::run_on<Outcome>(resources.workers, std::move(work));
  Outcome outcome = done ? std::move(*done) : refuse(*environment, *call, done.error());
  // A webhook or a handler that was cut off tells of it in its own words. What succeeded did so, if late.
  if (!outcome && environment->time.is_over())
    co_return std::unexpected(error_object(environment->time.blame({ErrorName::kDeadlineExceeded, {}, "$"})));
  co_return outcome;
}

}  // namespace busflow::graphql
