#include <platform/token/signing_keys.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <fmt/format.h>

#include <platform/base/text.hpp>
#include <platform/crypto/base64.hpp>
#include <platform/crypto/digest.hpp>
#include <platform/json/json.hpp>

#include "freeing.hpp"

namespace busflow::token {
namespace {

constexpr int kLeastRsaBits = 2048;
constexpr std::size_t kCoordinateBytes = 32;  // Of P-256, and of r and s.
constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kPem = "-----BEGIN ";
constexpr std::string_view kPemEnd = "-----END ";

using PrivateKey = std::shared_ptr<EVP_PKEY>;
using Number = std::unique_ptr<BIGNUM, Freeing<BIGNUM, BN_free>>;

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string number(const EVP_PKEY* key, const char* name, std::size_t least = 0) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &raw) == 0) throw std::runtime_error("OpenSSL gives no key parameter");
  const Number value(raw);
  std::string text(std::max(least, static_cast<std::size_t>(BN_num_bytes(raw))), '\0');
  BN_bn2binpad(raw, bytes(text), static_cast<int>(text.size()));
  return crypto::encode_base64url(text);
}

/// OpenSSL writes r and s in DER; JWS wants them one after the other.
std::string from_der(const std::string& der) {
  const unsigned char* at = bytes(std::string_view(der));
  const std::unique_ptr<ECDSA_SIG, Freeing<ECDSA_SIG, ECDSA_SIG_free>> signature(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  if (!signature) throw std::runtime_error("OpenSSL made no ECDSA signature");
  std::string raw(2 * kCoordinateBytes, '\0');
  BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), bytes(raw), kCoordinateBytes);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), bytes(raw) + kCoordinateBytes, kCoordinateBytes);
  return raw;
}

std::string sign_with(EVP_PKEY* key, std::string_view algorithm, std::string_view text) {
  const std::unique_ptr<EVP_MD_CTX, Freeing<EVP_MD_CTX, EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  const EVP_MD* digest = algorithm == "EdDSA" ? nullptr : EVP_sha256();
  std::size_t size = 0;
  if (!context || EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key) <= 0 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes(text), text.size()) <= 0)
    throw std::runtime_error("OpenSSL cannot sign");
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), bytes(signature), &size, bytes(text), text.size()) <= 0)
    throw std::runtime_error("OpenSSL cannot sign");
  signature.resize(size);
  return algorithm == "ES256" ? from_der(signature) : signature;
}

/// The required members in the order of RFC 7638, section 3.2.
std::string members(const EVP_PKEY* key, std::string_view algorithm) {
  if (algorithm == "RS256") {
    return fmt::format(R"("e":"{}","kty":"RSA","n":"{}")", number(key, OSSL_PKEY_PARAM_RSA_E),
                       number(key, OSSL_PKEY_PARAM_RSA_N));
  }
  if (algorithm == "ES256") {
    return fmt::format(R"("crv":"P-256","kty":"EC","x":"{}","y":"{}")",
                       number(key, OSSL_PKEY_PARAM_EC_PUB_X, kCoordinateBytes),
                       number(key, OSSL_PKEY_PARAM_EC_PUB_Y, kCoordinateBytes));
  }
  std::string raw(32, '\0');
  std::size_t size = raw.size();
  EVP_PKEY_get_raw_public_key(key, bytes(raw), &size);
  return fmt::format(R"("crv":"Ed25519","kty":"OKP","x":"{}")", crypto::encode_base64url(raw));
}

/// Empty for a key that is of no use here.
std::string_view algorithm_of(const EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA: return EVP_PKEY_get_bits(key) >= kLeastRsaBits ? "RS256" : "";
    case EVP_PKEY_ED25519: return "EdDSA";
    case EVP_PKEY_EC: {
      std::array<char, 80> group{};
      EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr);
      return std::string_view(group.data()) == "prime256v1" ? "ES256" : "";
    }
    default: return "";
  }
}

/// The first key of the text, which is then taken off.
std::string_view take_key(std::string_view& text) {
  text = trim(text, kSpace);
  std::size_t end = text.find('\n');
  if (text.starts_with(kPem)) {
    end = text.find(kPemEnd);
    if (end != std::string_view::npos) end = text.find('\n', end);
  }
  const auto key = text.substr(0, end);
  text.remove_prefix(key.size());
  return trim(key, kSpace);
}

}  // namespace

Result<SigningKeys::Key> SigningKeys::read_private_key(std::string_view pem) {
  const std::unique_ptr<BIO, Freeing<BIO, BIO_free_all>> memory(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const PrivateKey key(PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  const auto algorithm = key ? algorithm_of(key.get()) : std::string_view();
  if (algorithm.empty()) {
    return fail(ErrorName::kInvalidSetting,
                "auth.jwt_key holds PEM that is no private key of RSA with 2048 bits, of P-256 or of Ed25519");
  }
  Key read{.algorithm = std::string(algorithm), .private_key = key, .public_members = members(key.get(), algorithm)};
  read.id = crypto::encode_base64url(crypto::sha256("{" + read.public_members + "}"));
  return read;
}

void SigningKeys::add(Key key) {
  verification_keys_.push_back(
      {.id = key.id, .algorithm = key.algorithm, .secret = key.secret, .public_key = key.private_key});
  keys_.push_back(std::move(key));
}

Result<SigningKeys> SigningKeys::read(std::string_view text) {
  SigningKeys keys;
  do {
    const auto one = take_key(text);
    if (one.starts_with(kPem)) {
      BUSFLOW_TRY(auto key, read_private_key(one));
      keys.add(std::move(key));
      continue;
    }
    if (one.size() < kShortestKey) {
      return fail(ErrorName::kInvalidSetting,
                  fmt::format("auth.jwt_key has {} bytes; it needs at least {}", one.size(), kShortestKey));
    }
    keys.add({.algorithm = "HS256", .secret = std::string(one)});
  } while (!trim(text, kSpace).empty());
  return keys;
}

std::string SigningKeys::sign(std::string_view payload, std::string_view key_id) const {
  const Key& key = keys_.front();
  json::Object header{{"alg", key.algorithm}, {"typ", "JWT"}};
  if (const auto id = key_id.empty() ? std::string_view(key.id) : key_id; !id.empty()) header["kid"] = id;
  const auto text = crypto::encode_base64url(json::serialize(header)) + "." + crypto::encode_base64url(payload);
  const auto signature =
      key.private_key ? sign_with(key.private_key.get(), key.algorithm, text) : crypto::hmac_sha256(key.secret, text);
  return text + "." + crypto::encode_base64url(signature);
}

std::string SigningKeys::public_key_set() const {
  std::string list;
  for (const auto& key : keys_) {
    if (!key.private_key) continue;
    list += fmt::format(R"({}{{{},"alg":"{}","kid":"{}","use":"sig"}})", list.empty() ? "" : ",", key.public_members,
                        key.algorithm, key.id);
  }
  return fmt::format(R"({{"keys":[{}]}})", list);
}

}  // namespace busflow::token
