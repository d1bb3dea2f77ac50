#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <platform/base/clock.hpp>

namespace busflow::totp {

/// Time-based one-time passwords (RFC 6238) as authenticator apps make them: SHA-1, six digits, 30 seconds.

/// A new secret of 160 bits in base32, as authenticators take it.
std::string new_secret();

/// The step in which `code` is right at `now`, one step earlier or later being tolerated for clocks that differ.
/// Nothing when it is wrong.
std::optional<std::int64_t> matching_step(const std::string& base32_secret, const std::string& code, WallTime now);

/// The code at that time; for tests and tools.
std::string code_at(const std::string& base32_secret, WallTime now);

/// The address that an authenticator reads from a QR code
/// (https://github.com/google/google-authenticator/wiki/Key-Uri-Format).
std::string setup_address(std::string_view issuer, std::string_view account, std::string_view base32_secret);

/// A QR code of the text as an SVG image in a data: address.
std::string qr_code_image(const std::string& text);

}  // namespace busflow::totp
