#include "slack.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include <platform/base/pause.hpp>
#include <platform/json/json.hpp>

namespace busflow::alerting {
namespace {

constexpr auto kLongestWait = std::chrono::seconds(60);
constexpr std::uint16_t kTooManyRequests = 429;

std::chrono::milliseconds wait_asked_for(const http_client::Response& response, std::chrono::milliseconds otherwise) {
  const auto header = response.header("retry-after");
  int seconds = 0;
  if (!header || std::from_chars(header->data(), header->data() + header->size(), seconds).ec != std::errc())
    return otherwise;
  return std::min<std::chrono::milliseconds>(std::chrono::seconds(std::max(seconds, 0)), kLongestWait);
}

}  // namespace

SlackAnswer send_to_slack(Context& context, const http_client::Client& client, const AlertOptions& options,
                          const Alert& alert) {
  const http_client::Request request{
      .method = "POST",
      .url = options.slack_webhook,
      .headers = {{"content-type", "application/json"}},
      .body = json::serialize(json::Object{{"text", fmt::format("*{}*\n{}", alert.title, alert.text)}}),
      .timeout = options.timeout};
  std::string last;
  auto wait = options.backoff;
  for (int attempt = 1; attempt <= options.attempts; ++attempt) {
    const auto response = client.send(context, request);
    auto rest = wait;
    if (response && response->is_success()) return {SlackOutcome::kSent, ""};
    if (response) {
      last = fmt::format("Slack answered {} {}", response->status, response->body.substr(0, 100));
      if (response->status < 500 && response->status != kTooManyRequests) return {SlackOutcome::kRefused, last};
      rest = wait_asked_for(*response, wait);
    } else {
      last = response.error().message();
    }
    if (attempt < options.attempts && !pause(context.cancellation, rest)) break;
    wait *= 2;
  }
  return {SlackOutcome::kGaveUp, fmt::format("{} ({} attempts)", last, options.attempts)};
}

}  // namespace busflow::alerting
