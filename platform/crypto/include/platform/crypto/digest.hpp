#pragma once

#include <string>
#include <string_view>

namespace busflow::crypto {

/// SHA-256 (FIPS 180-4) in lower-case hexadecimal.
std::string sha256_hex(std::string_view data);

/// HMAC-SHA-256 (RFC 2104): 32 bytes, not text.
std::string hmac_sha256(std::string_view key, std::string_view data);

/// Whether a secret that was shown is the right one. How long it takes tells nothing about either.
bool equal_in_constant_time(std::string_view shown, std::string_view secret);

/// Two lower-case digits for each byte.
std::string hexadecimal(std::string_view bytes);

}  // namespace busflow::crypto
