#include "webhook.hpp"

#include <chrono>

#include <fmt/format.h>

#include <platform/crypto/digest.hpp>
#include <platform/json/json.hpp>

namespace busflow::automation {
namespace {

/// A workflow that takes longer answers first and works then.
constexpr std::chrono::seconds kLongestAnswer{20};

}  // namespace

std::string signature(std::string_view secret, WallTime now, std::string_view body) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  return fmt::format("t={},v1={}", seconds,
                     crypto::hexadecimal(crypto::hmac_sha256(secret, fmt::format("{}.{}", seconds, body))));
}

http_client::Request webhook(const Options& options, const outbox::Event& event, const std::string& token,
                             WallTime now) {
  http_client::Request request{.method = "POST", .url = options.webhook_url};
  request.body = json::serialize(json::Object{{"id", event.id.to_string()},
                                              {"event", event.name},
                                              {"tenant_id", event.tenant_id.to_string()},
                                              {"payload", event.payload}});
  request.headers = {{"content-type", "application/json"},
                     {"x-busflow-event", event.name},
                     {"x-busflow-delivery", event.id.to_string()},
                     {"x-busflow-signature", signature(options.signing_secret, now, request.body)},
                     {"x-busflow-token", token}};
  if (!event.traceparent.empty()) request.headers.emplace_back("traceparent", event.traceparent);
  request.timeout = kLongestAnswer;
  return request;
}

Result<void> check_taken(const http_client::Response& response) {
  if (response.is_success()) return {};
  return fail(ErrorName::kUpstreamInvalid, fmt::format("the webhook was answered with {}", response.status));
}

}  // namespace busflow::automation
