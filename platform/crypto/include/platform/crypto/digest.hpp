#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace busflow::crypto {

/// SHA-256 (FIPS 180-4): 32 bytes, not text.
std::string sha256(std::string_view data);
/// The same in lower-case hexadecimal.
std::string sha256_hex(std::string_view data);

/// SHA-256 of what comes in pieces. OpenSSL's, which uses the processor's own instructions: four times as fast as the
/// above for gigabytes. Use by one thread at a time.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::string_view data);
  /// In lower-case hexadecimal. Call once, at the end.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// HMAC-SHA-256 (RFC 2104): 32 bytes, not text.
std::string hmac_sha256(std::string_view key, std::string_view data);

/// Whether a secret that was shown is the right one. How long it takes tells nothing about either.
bool equal_in_constant_time(std::string_view shown, std::string_view secret);

/// Two lower-case digits for each byte.
std::string hexadecimal(std::string_view bytes);

}  // namespace busflow::crypto
