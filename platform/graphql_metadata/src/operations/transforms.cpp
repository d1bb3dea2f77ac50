#include <algorithm>
#include <array>

#include <platform/graphql_webhooks/transform.hpp>

#include "operations/call.hpp"

/// Transforms of webhook requests, tried without a webhook.
namespace busflow::graphql_metadata {
namespace {

using graphql_webhooks::Environment;
using graphql_webhooks::RequestTransform;
using graphql_webhooks::ResponseTransform;

std::unexpected<Problem> invalid(std::string_view which, const kriti::Problem& problem) {
  return refuse("validation-failed", std::string(which) + " transform validation failed", "$.args",
                json::Array{problem.to_json()});
}

/// The given variables stand before those of the process.
Environment environment_of(const Call& call) {
  Environment environment = call.pools.environment();
  if (const json::Value* given = call.args.find("env"); given != nullptr && given->is_object()) {
    for (const auto& [name, value] : given->get_object()) {
      if (value.is_string()) environment[std::string(name)] = std::string(value.get_string());
    }
  }
  return environment;
}

Outcome<std::string> address_of(const Call& call, const Environment& environment) {
  BUSFLOW_TRY(const json::Value* given, call.args.required("webhook_url"));
  const auto* object = given->if_object();
  const json::Value* variable = object == nullptr ? nullptr : object->if_contains("from_env");
  if (variable != nullptr && variable->is_string()) {
    BUSFLOW_TRY(std::string found, graphql_webhooks::find_variable(environment, std::string(variable->get_string())));
    return found;
  }
  if (!given->is_string()) return refuse("parse-failed", "webhook_url is a text or {from_env}", "$.args.webhook_url");
  BUSFLOW_TRY(std::string url, graphql_webhooks::expand_address(std::string(given->get_string()), environment));
  return url;
}

Outcome<json::Value> test_webhook_transform(Call& call) {
  BUSFLOW_TRY(const json::Value* body, call.args.required("body"));
  BUSFLOW_TRY(const json::Value* given, call.args.required("request_transform"));
  const auto transform = RequestTransform::read(graphql::metadata::node_of(*given));
  if (!transform) return invalid("request", transform.error());
  if (const json::Value* response = call.args.find("response_transform")) {
    const auto read = ResponseTransform::read(graphql::metadata::node_of(*response));
    if (!read) return invalid("response", read.error());
  }
  const Environment environment = environment_of(call);
  graphql_webhooks::TransformContext context{.session_variables = {}, .environment = environment};
  if (const json::Value* variables = call.args.find("session_variables");
      variables != nullptr && variables->is_object())
    context.session_variables = variables->get_object();
  http_client::Request request{.method = "POST", .body = json::serialize(*body)};
  BUSFLOW_TRY(request.url, address_of(call, environment));
  if (const auto done = transform->apply(request, *body, context); !done) return invalid("request", done.error());
  std::ranges::sort(request.headers);
  json::Array headers;
  for (const auto& [name, value] : request.headers)
    headers.push_back(json::Array{json::Value(name), json::Value(value)});
  const auto made = json::parse(request.body);
  return json::Object{{"webhook_url", request.url},
                      {"method", request.method},
                      {"headers", std::move(headers)},
                      {"body", made ? *made : json::Value(request.body)}};
}

constexpr std::array kOperations = {Operation{"test_webhook_transform", test_webhook_transform}};

}  // namespace

std::span<const Operation> transform_operations() { return kOperations; }

}  // namespace busflow::graphql_metadata
