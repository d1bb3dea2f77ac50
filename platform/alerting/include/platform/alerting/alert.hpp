#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <platform/base/context.hpp>
#include <platform/http_client/client.hpp>

/// How busflowctl tells people: Slack first, and where Slack does not take it, one GitHub issue for each (pattern,
/// week).
namespace busflow::alerting {

struct Alert {
  std::string pattern;  ///< What ran: "backup-verify". Letters, digits and hyphens.
  std::string title;    ///< One line.
  std::string text;     ///< Markdown.
};

struct AlertOptions {
  std::string slack_webhook{};      ///< Empty: no Slack. A secret: who has it may write to the channel.
  std::string github_repository{};  ///< "owner/name"; empty: no issues.
  std::string github_token{};
  std::string github_host{};  ///< For GitHub Enterprise; empty: github.com.
  std::string gh = "gh";
  std::string heartbeat_url{};               ///< Empty: none.
  std::string ca_file{};                     ///< Empty: the system's.
  int attempts = 4;                          ///< One and three more.
  std::chrono::milliseconds timeout{10000};  ///< Of one request.
  std::chrono::milliseconds backoff{2000};   ///< Before the second attempt; doubles.
};

enum class Delivery : std::uint8_t {
  kSlack,
  kIssue,   ///< Slack refused or was away; an issue tells instead.
  kNobody,  ///< Neither took it.
  kNotSet,  ///< No channel is set.
};

struct DeliveryReport {
  Delivery delivery = Delivery::kNotSet;
  std::string detail;  ///< Why it went where it went; never the webhook.
};

/// Tells about failures and, once it is green again, that they are over. Never fails: what it says of itself is in the
/// report, and has no say in whether the work was good. Thread-safe.
class Alerts {
 public:
  explicit Alerts(AlertOptions options);

  DeliveryReport failure(Context& context, const Alert& alert) const;
  /// Closes the pattern's open issues with a comment, and calls the heartbeat. The detail is empty when all went well.
  DeliveryReport success(Context& context, const std::string& pattern) const;

 private:
  AlertOptions options_;
  std::unique_ptr<http_client::Client> client_;
};

}  // namespace busflow::alerting
