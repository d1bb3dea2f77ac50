#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace busflow::token {

/// RFC 4648, section 5, without padding; nothing when a character does not belong.
std::optional<std::string> decode_base64url(std::string_view text);
std::string encode_base64url(std::string_view bytes);

}  // namespace busflow::token
