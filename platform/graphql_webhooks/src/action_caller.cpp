#include <platform/graphql_webhooks/action_caller.hpp>

#include <algorithm>
#include <array>

#include <platform/base/text.hpp>
#include <platform/graphql/error_response.hpp>
#include <platform/graphql/session_variables.hpp>
#include <platform/graphql_webhooks/request_parts.hpp>
#include <platform/graphql_webhooks/transform.hpp>

namespace busflow::graphql_webhooks {
namespace {

constexpr std::size_t kLargestAnswer = std::size_t{32} << 20;

/// Those of a client's headers that say something about its own connection (Hasura.Server.Utils,
/// commonClientHeadersIgnored).
constexpr std::array<std::string_view, 15> kOfTheConnection = {
    "content-length",   "content-md5",     "user-agent",      "host",          "origin",     "referer", "accept",
    "accept-encoding",  "accept-language", "accept-datetime", "cache-control", "connection", "dnt",     "content-type",
    "transfer-encoding"};

const json::Value* text_in(const json::Object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? value : nullptr;
}

/// {"message", "code"?, "extensions"?}: the client's error. Extensions of the webhook's own stand instead of the code.
json::Object refusal(const std::string& body) {
  const auto parsed = json::parse(body);
  const auto* object = parsed ? parsed->if_object() : nullptr;
  const auto* message = object == nullptr ? nullptr : text_in(*object, "message");
  if (message == nullptr) return graphql::foreign_error("internal error");
  const auto* code = text_in(*object, "code");
  json::Object told = graphql::foreign_error(message->get_string(),
                                             code == nullptr ? "unexpected" : std::string_view(code->get_string()));
  if (const auto* extensions = object->if_contains("extensions"); extensions != nullptr && extensions->is_object())
    told["extensions"] = *extensions;
  return told;
}

}  // namespace

Result<http_client::Request> ActionCaller::request(const Context& context, const graphql::WebhookCall& call) const {
  const auto& action = call.action;
  http_client::Request request{
      .method = "POST", .max_response_bytes = kLargestAnswer, .timeout = std::chrono::seconds(action.timeout_seconds)};
  BUSFLOW_TRY(request.url, expand_address(action.handler, environment_));
  const auto is_set = [&](const std::string& name) {
    return std::ranges::find(request.headers, name, &http_client::Headers::value_type::first) != request.headers.end();
  };
  BUSFLOW_TRY(request.headers, read_headers(action.headers, environment_));
  if (action.forward_client_headers) {
    for (const auto& [name, value] : call.client_headers) {
      const auto is_same = [&](const std::string& ignored) { return lower_case(ignored) == name; };
      const bool is_left_out = std::ranges::find(kOfTheConnection, name) != kOfTheConnection.end() ||
                               std::ranges::any_of(action.ignored_client_headers, is_same);
      if (!is_left_out && !is_set(name)) request.headers.emplace_back(name, value);
    }
  }
  if (!is_set("content-type")) request.headers.emplace_back("content-type", "application/json");
  json::Object variables = graphql::session_variables(context.session);
  json::Object body{
      {"action", json::Object{{"name", action.name}}}, {"input", call.input}, {"session_variables", variables}};
  if (!call.request_query.empty()) body["request_query"] = call.request_query;
  request.body = json::serialize(body);
  const TransformContext known{.session_variables = std::move(variables), .environment = environment_};
  BUSFLOW_CHECK(transform_request(action.request_transform, request, body, known));
  return request;
}

/// What the transform makes of an answer that is a success.
std::expected<json::Value, json::Object> ActionCaller::transformed(const Context& context,
                                                                   const graphql::WebhookCall& call, json::Value answer,
                                                                   std::uint16_t status) const {
  if (!call.action.response_transform) return answer;
  const auto transform = ResponseTransform::read(*call.action.response_transform);
  if (!transform) return std::unexpected(graphql::foreign_error(transform.error().message));
  const TransformContext known{.session_variables = graphql::session_variables(context.session),
                               .environment = environment_};
  auto made = transform->apply(answer, status, call.input, known);
  if (!made)
    return std::unexpected(graphql::foreign_error("the answer could not be transformed: " + made.error().message));
  return std::move(*made);
}

std::expected<json::Value, json::Object> ActionCaller::operator()(Context& context,
                                                                  const graphql::WebhookCall& call) const {
  const auto asked = request(context, call);
  if (!asked) return std::unexpected(graphql::foreign_error(asked.error().message()));
  return read(context, call, client_.send(context, *asked));
}

std::expected<json::Value, json::Object> ActionCaller::read(const Context& context, const graphql::WebhookCall& call,
                                                            const Result<http_client::Response>& answer) const {
  if (!answer) return std::unexpected(graphql::foreign_error("http exception when calling webhook"));
  if (call.cookies != nullptr) {
    for (const auto& [name, value] : answer->headers) {
      if (name == "set-cookie") call.cookies->push_back(value);
    }
  }
  if (answer->is_success()) {
    auto value = json::parse(answer->body);
    if (!value) return std::unexpected(graphql::foreign_error("not a valid json response from webhook"));
    return transformed(context, call, std::move(*value), answer->status);
  }
  if (answer->status >= 400 && answer->status < 500) return std::unexpected(refusal(answer->body));
  return std::unexpected(graphql::foreign_error("internal error"));
}

}  // namespace busflow::graphql_webhooks
