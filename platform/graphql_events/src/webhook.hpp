#pragma once

#include <optional>
#include <string>
#include <vector>

#include <platform/base/result.hpp>
#include <platform/graphql/metadata.hpp>
#include <platform/graphql_events/queue.hpp>
#include <platform/graphql_webhooks/template_address.hpp>
#include <platform/http_client/message.hpp>
#include <platform/json/json.hpp>

namespace busflow::graphql_events {

/// Where a trigger's calls go, and with what.
struct Webhook {
  std::string address;  ///< May hold {{VARIABLES}}.
  std::optional<std::string> address_from_env;
  std::vector<graphql::metadata::Header> headers;
  std::int64_t timeout_seconds = 60;
  std::optional<graphql::metadata::Node> transform{};  ///< request_transform
};

/// The call that a webhook is due.
Delivery call_of(Ticket ticket, const graphql::metadata::RetryPolicy& retry, const Webhook& webhook,
                 const json::Value& body, const graphql_webhooks::Environment& environment);
/// What is kept of an answer, or of its absence.
std::string logged_response(const Result<http_client::Response>& answer);
/// Its status; "0" when there was none.
std::string logged_status(const Result<http_client::Response>& answer);

/// 2xx is delivered; Retry-After counts more than the trigger's own policy
/// (hasura.io/docs/2.0/event-triggers/overview).
Verdict verdict_of(const Delivery& delivery, const Result<http_client::Response>& answer);

}  // namespace busflow::graphql_events
