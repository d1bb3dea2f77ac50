#include <platform/crypto/vault.hpp>

#include <sodium.h>

#include <fmt/format.h>

#include <platform/crypto/base64.hpp>
#include <platform/crypto/digest.hpp>

namespace busflow::crypto {
namespace {

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

Result<Vault> Vault::create(std::string key) {
  if (key.size() < kShortestVaultKey) {
    return fail(ErrorName::kInvalidSetting,
                fmt::format("auth.data_key has {} bytes; it needs at least {}", key.size(), kShortestVaultKey));
  }
  return Vault(std::move(key));
}

std::string Vault::key_for(std::string_view purpose) const { return hmac_sha256(key_, purpose); }

std::string Vault::seal(std::string_view purpose, std::string_view secret) const {
  std::string sealed(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + secret.size(), '\0');
  randombytes_buf(sealed.data(), crypto_secretbox_NONCEBYTES);
  const std::string key = key_for(purpose);
  crypto_secretbox_easy(bytes(sealed) + crypto_secretbox_NONCEBYTES, bytes(secret), secret.size(), bytes(sealed),
                        bytes(std::string_view(key)));
  return encode_base64(sealed);
}

std::optional<std::string> Vault::open(std::string_view purpose, std::string_view sealed) const {
  const auto data = decode_base64(sealed);
  constexpr std::size_t kOverhead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
  if (!data || data->size() < kOverhead) return std::nullopt;
  const std::string key = key_for(purpose);
  std::string secret(data->size() - kOverhead, '\0');
  if (crypto_secretbox_open_easy(bytes(secret), bytes(std::string_view(*data)) + crypto_secretbox_NONCEBYTES,
                                 data->size() - crypto_secretbox_NONCEBYTES, bytes(std::string_view(*data)),
                                 bytes(std::string_view(key))) != 0)
    return std::nullopt;
  return secret;
}

std::string Vault::derive(std::string_view purpose, std::string_view input) const {
  return hexadecimal(hmac_sha256(key_for(purpose), input));
}

}  // namespace busflow::crypto
