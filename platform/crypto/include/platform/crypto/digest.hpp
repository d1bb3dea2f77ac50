#pragma once

#include <string>
#include <string_view>

namespace busflow::crypto {

/// SHA-256 (FIPS 180-4) in lower-case hexadecimal.
std::string sha256_hex(std::string_view data);

/// HMAC-SHA-256 (RFC 2104): 32 bytes, not text.
std::string hmac_sha256(std::string_view key, std::string_view data);

/// Two lower-case digits for each byte.
std::string hexadecimal(std::string_view bytes);

}  // namespace busflow::crypto
