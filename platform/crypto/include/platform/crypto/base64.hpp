#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace busflow::crypto {

/// RFC 4648, section 4, with padding.
std::string encode_base64(std::string_view bytes);
/// Nothing when it is none.
std::optional<std::string> decode_base64(std::string_view text);

/// RFC 4648, section 5, without padding: as JSON Web Tokens and WebAuthn have it.
std::string encode_base64url(std::string_view bytes);
/// Nothing when it is none.
std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace busflow::crypto
