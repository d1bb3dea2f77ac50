#pragma once

#include <optional>
#include <string_view>

namespace busflow::http_semantics {

/// The value of a cookie in a Cookie header (RFC 6265, section 5.4); of several with one name, the first.
std::optional<std::string_view> cookie_value(std::string_view header, std::string_view name);

}  // namespace busflow::http_semantics
