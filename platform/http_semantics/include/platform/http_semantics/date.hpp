#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <platform/base/clock.hpp>

namespace busflow::http_semantics {

/// "Fri, 27 Nov 2026 12:00:00 GMT" (RFC 9110, section 5.6.7). Milliseconds are dropped.
std::string format_date(WallTime time);
/// Nothing for any other form.
std::optional<WallTime> parse_date(std::string_view text);

}  // namespace busflow::http_semantics
