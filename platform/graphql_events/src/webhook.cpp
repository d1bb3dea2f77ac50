#include "webhook.hpp"

#include <algorithm>
#include <charconv>

#include <platform/graphql_webhooks/request_parts.hpp>

namespace busflow::graphql_events {
namespace {

using graphql::metadata::Header;

constexpr std::size_t kLargestAnswer = std::size_t{1} << 20;

std::optional<std::chrono::seconds> retry_after(const http_client::Response& answer) {
  const auto text = answer.header("retry-after");
  if (!text) return std::nullopt;
  std::int64_t seconds = 0;
  const auto parsed = std::from_chars(text->data(), text->data() + text->size(), seconds);
  const bool is_number = parsed.ec == std::errc() && parsed.ptr == text->data() + text->size() && seconds > 0;
  return is_number ? std::optional(std::chrono::seconds(seconds)) : std::nullopt;
}

/// Of an event; runs of cron triggers have none.
json::Object session_of(const json::Value& body) {
  const auto* event = body.get_object().if_contains("event");
  const auto* object = event == nullptr ? nullptr : event->if_object();
  const auto* variables = object == nullptr ? nullptr : object->if_contains("session_variables");
  return variables != nullptr && variables->is_object() ? variables->get_object() : json::Object();
}

/// kInvalidSetting names a variable that is not set. `id` is the same for each try.
Result<http_client::Request> request_for(const Webhook& webhook, const std::string& id, const json::Value& body,
                                         const graphql_webhooks::Environment& environment) {
  http_client::Request request{.method = "POST",
                               .body = json::serialize(body),
                               .max_response_bytes = kLargestAnswer,
                               .timeout = std::chrono::seconds(webhook.timeout_seconds)};
  if (webhook.address_from_env) {
    BUSFLOW_TRY(request.url, graphql_webhooks::find_variable(environment, *webhook.address_from_env));
  } else {
    BUSFLOW_TRY(request.url, graphql_webhooks::expand_address(webhook.address, environment));
  }
  BUSFLOW_TRY(request.headers, graphql_webhooks::read_headers(webhook.headers, environment));
  const auto is_type = [](const auto& header) { return header.first == "content-type"; };
  if (std::ranges::none_of(request.headers, is_type)) request.headers.emplace_back("content-type", "application/json");
  request.headers.emplace_back("idempotency-key", id);
  BUSFLOW_CHECK(graphql_webhooks::transform_request(
      webhook.transform, request, body, {.session_variables = session_of(body), .environment = environment}));
  return request;
}

/// What is kept of a call: the body, and headers; those out of the environment by the variable's name, as they may be
/// secrets.
std::string logged_request(const Webhook& webhook, const json::Value& body) {
  json::Array headers;
  for (const Header& header : webhook.headers) {
    json::Object shown{{"name", header.name}};
    if (header.value_from_env) {
      shown["value_from_env"] = *header.value_from_env;
    } else {
      shown["value"] = header.value.value_or("");
    }
    headers.push_back(std::move(shown));
  }
  return json::serialize(json::Object{{"version", "2"}, {"headers", std::move(headers)}, {"payload", body}});
}

}  // namespace

Delivery call_of(Ticket ticket, const graphql::metadata::RetryPolicy& retry, const Webhook& webhook,
                 const json::Value& body, const graphql_webhooks::Environment& environment) {
  auto request = request_for(webhook, ticket.id, body, environment);
  return {.ticket = std::move(ticket),
          .retry = retry,
          .request = std::move(request),
          .logged_request = logged_request(webhook, body)};
}

std::string logged_response(const Result<http_client::Response>& answer) {
  if (!answer) {
    return json::serialize(json::Object{
        {"version", "2"}, {"type", "client_error"}, {"data", json::Object{{"message", answer.error().message()}}}});
  }
  json::Array headers;
  for (const auto& [name, value] : answer->headers) headers.push_back(json::Object{{"name", name}, {"value", value}});
  return json::serialize(json::Object{
      {"version", "2"},
      {"type", "webhook_response"},
      {"data", json::Object{{"status", answer->status}, {"headers", std::move(headers)}, {"body", answer->body}}}});
}

std::string logged_status(const Result<http_client::Response>& answer) {
  return std::to_string(answer ? answer->status : 0);
}

Verdict verdict_of(const Delivery& delivery, const Result<http_client::Response>& answer) {
  if (answer && answer->is_success()) return {.is_delivered = true};
  if (answer) {
    if (const auto later = retry_after(*answer)) return {.retry_in = *later};
  }
  if (delivery.ticket.tries >= delivery.retry.num_retries) return {.is_given_up = true};
  return {.retry_in = std::chrono::seconds(delivery.retry.interval_sec)};
}

}  // namespace busflow::graphql_events
