#pragma once

#include <string>
#include <string_view>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/http_client/message.hpp>
#include <platform/outbox/event.hpp>

#include <automation/module.hpp>

namespace busflow::automation {

/// "t=1767225600,v1=<hexadecimal>": the time in seconds, and HMAC-SHA-256 with the secret over "<time>.<body>".
std::string signature(std::string_view secret, WallTime now, std::string_view body);

/// The webhook that tells of the event, with a token for the receiver's own requests.
http_client::Request webhook(const Options& options, const outbox::Event& event, const std::string& token,
                             WallTime now);

/// Whether the receiver has taken it. kUpstreamInvalid with its status when it has not: the job is tried again.
Result<void> check_taken(const http_client::Response& response);

}  // namespace busflow::automation
