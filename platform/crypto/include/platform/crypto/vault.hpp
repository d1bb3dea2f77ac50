#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <platform/base/result.hpp>

namespace busflow::crypto {

/// Shortest key of a vault, in bytes.
inline constexpr std::size_t kShortestVaultKey = 32;

/// Keeps small secrets in a database unreadable for who has only the database, and derives values that only who has the
/// key can derive. Every use has a purpose: what was sealed for one opens for no other. Thread-safe.
class Vault {
 public:
  /// kInvalidSetting when the key is shorter than kShortestVaultKey.
  static Result<Vault> create(std::string key);

  /// XSalsa20-Poly1305 (libsodium's secretbox) with a random nonce, in base64.
  std::string seal(std::string_view purpose, std::string_view secret) const;
  /// Nothing when it was changed, or sealed with another key or for another purpose.
  std::optional<std::string> open(std::string_view purpose, std::string_view sealed) const;

  /// HMAC-SHA-256 of the input, in hexadecimal: always the same for the same input.
  std::string derive(std::string_view purpose, std::string_view input) const;

 private:
  explicit Vault(std::string key) : key_(std::move(key)) {}
  std::string key_for(std::string_view purpose) const;

  std::string key_;
};

}  // namespace busflow::crypto
