#include <platform/alerting/alert.hpp>

#include <fmt/format.h>

#include "issues.hpp"
#include "slack.hpp"

namespace busflow::alerting {
Alerts::Alerts(AlertOptions options)
    : options_(std::move(options)),
      client_(std::make_unique<http_client::Client>(http_client::ClientOptions{.ca_file = options_.ca_file})) {}

DeliveryReport Alerts::failure(Context& context, const Alert& alert) const {
  std::string reason = "Slack is not set";
  if (!options_.slack_webhook.empty()) {
    const auto answer = send_to_slack(context, *client_, options_, alert);
    if (answer.outcome == SlackOutcome::kSent) return {Delivery::kSlack, ""};
    reason = answer.detail;
  }
  if (options_.github_repository.empty())
    return {options_.slack_webhook.empty() ? Delivery::kNotSet : Delivery::kNobody,
            fmt::format("{}; no GitHub repository is set", reason)};
  const auto issue = Issues(options_).raise(context, alert);
  if (!issue) return {Delivery::kNobody, fmt::format("{}; {}", reason, issue.error().message())};
  return {Delivery::kIssue, fmt::format("{}; told in issue {} instead", reason, *issue)};
}

DeliveryReport Alerts::success(Context& context, const std::string& pattern) const {
  DeliveryReport report{.delivery = Delivery::kNotSet, .detail = {}};
  if (!options_.github_repository.empty()) {
    const auto closed = Issues(options_).close(context, pattern);
    report.delivery = Delivery::kIssue;
    if (!closed) report.detail = closed.error().message();
  }
  if (!options_.heartbeat_url.empty()) {
    const auto response = client_->send(context, {.url = options_.heartbeat_url, .timeout = options_.timeout});
    if (!response)
      report.detail += fmt::format("{}heartbeat: {}", report.detail.empty() ? "" : "; ", response.error().message());
    if (response && !response->is_success())
      report.detail += fmt::format("{}heartbeat: answered {}", report.detail.empty() ? "" : "; ", response->status);
  }
  return report;
}

}  // namespace busflow::alerting
