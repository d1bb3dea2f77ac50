#pragma once

#include <string>

#include <platform/alerting/alert.hpp>

namespace busflow::alerting {

enum class SlackOutcome : std::uint8_t {
  kSent,
  kRefused,  ///< A 4xx: the webhook was rotated, the channel is archived. Trying again is of no use.
  kGaveUp,   ///< 429, 5xx or no connection, at every attempt.
};

struct SlackAnswer {
  SlackOutcome outcome;
  std::string detail;
};

/// Slack's incoming webhooks: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks; 200 with "ok"
/// is success, 429 carries Retry-After: https://docs.slack.dev/apis/web-api/rate-limits
SlackAnswer send_to_slack(Context& context, const http_client::Client& client, const AlertOptions& options,
                          const Alert& alert);

}  // namespace busflow::alerting
