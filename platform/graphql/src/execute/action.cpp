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

}  // namespace

asio::awaitable<std::expected<std::string, std::string>> run_action(ExecutionResources resources,
                                                                    const ActionEnvironment* environment,
                                                                    const compile::ActionCall* call,
                                                                    json::Object input) {
  const auto handler = environment->handlers.find(call->action->name);
  std::move_only_function<Result<Outcome>()> work;
  if (handler != environment->handlers.end()) {
    work = [environment, call, handler = &handler->second, &input]() -> Result<Outcome> {
      return from_handler(*environment, *call, (*handler)(environment->context, input));
    };
  } else {
    work = [environment, call, &input, headers = resources.client_headers]() -> Result<Outcome> {
      static const ClientHeaders kNone;
      const WebhookCall asked{.action = *call->action->source,
                              .input = input,
                              .request_query = environment->request_query,
                              .client_headers = headers == nullptr ? kNone : *headers};
      return from_webhook(*environment, *call, environment->options.call_webhook(environment->context, asked));
    };
  }
  auto done = co_await runtime::run_on<Outcome>(resources.workers, std::move(work));
  co_return done ? std::move(*done) : refuse(*environment, *call, done.error());
}

}  // namespace busflow::graphql
