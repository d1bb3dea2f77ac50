#pragma once

#include <string_view>

#include <platform/base/result.hpp>
#include <platform/redis/client.hpp>

namespace busflow::redis {

/// Reads "redis://[[user]:password@]host[:port][/database]" or "unix://[[user]:password@]/path/to/socket", as Redis'
/// other clients do; special characters of user and password are percent-encoded.
///
/// kInvalidSetting says what is wrong, without any part of the text, which may hold a password; so also for rediss://,
/// as connections are not encrypted here.
Result<Options> parse_address(std::string_view text);

}  // namespace busflow::redis
