#include <array>

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include <platform/crypto/base64.hpp>
#include <platform/json/json.hpp>
#include <platform/token/key_set.hpp>

#include "freeing.hpp"

namespace busflow::token {
namespace {

constexpr std::size_t kLongestToken = 16384;

const EVP_MD* digest_of(std::string_view algorithm) {
  if (algorithm.ends_with("256")) return EVP_sha256();
  if (algorithm.ends_with("384")) return EVP_sha384();
  if (algorithm.ends_with("512")) return EVP_sha512();
  return nullptr;
}

const unsigned char* bytes(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }

bool check_hmac(const UnverifiedToken& token, const std::string& secret) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> code;
  unsigned int size = 0;
  if (HMAC(digest_of(token.algorithm), secret.data(), static_cast<int>(secret.size()), bytes(token.signed_text),
           token.signed_text.size(), code.data(), &size) == nullptr)
    return false;
  return size == token.signature.size() && CRYPTO_memcmp(code.data(), token.signature.data(), size) == 0;
}

/// JWS writes r and s one after the other; OpenSSL wants them in DER.
std::string to_der(const std::string& raw) {
  const auto half = static_cast<int>(raw.size() / 2);
  const std::unique_ptr<ECDSA_SIG, Freeing<ECDSA_SIG, ECDSA_SIG_free>> signature(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(bytes(raw), half, nullptr);
  BIGNUM* s = BN_bin2bn(bytes(raw) + half, half, nullptr);
  if (!signature || ECDSA_SIG_set0(signature.get(), r, s) == 0) return {};
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  if (size <= 0) return {};
  std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

bool check_public(const UnverifiedToken& token, EVP_PKEY* key) {
  const std::string_view algorithm = token.algorithm;
  const int kind = EVP_PKEY_get_base_id(key);
  const bool is_edwards = algorithm == "EdDSA";
  const bool is_curve = algorithm.starts_with("ES");
  const bool is_rsa = algorithm.starts_with("RS") || algorithm.starts_with("PS");
  // The algorithm is the key's to choose, not the token's.
  if ((is_edwards && kind != EVP_PKEY_ED25519) || (is_curve && kind != EVP_PKEY_EC) ||
      (is_rsa && kind != EVP_PKEY_RSA) || (!is_edwards && !is_curve && !is_rsa))
    return false;
  const std::string signature = is_curve ? to_der(token.signature) : token.signature;
  const std::unique_ptr<EVP_MD_CTX, Freeing<EVP_MD_CTX, EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  const EVP_MD* digest = is_edwards ? nullptr : digest_of(algorithm);
  if (!context || (digest == nullptr && !is_edwards) ||
      EVP_DigestVerifyInit(context.get(), &parameters, digest, nullptr, key) <= 0)
    return false;
  if (algorithm.starts_with("PS") && (EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) <= 0 ||
                                      EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) <= 0))
    return false;
  return EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(token.signed_text),
                          token.signed_text.size()) == 1;
}

}  // namespace

Result<UnverifiedToken> take_apart(std::string_view token) {
  const auto wrong = [] {
    return fail(ErrorName::kInvalidToken,
                "Could not verify JWT: JWSError (CompactDecodeError Invalid number of parts)");
  };
  if (token.size() > kLongestToken) return fail(ErrorName::kInvalidToken, "Could not verify JWT: the JWT is too long");
  const auto first = token.find('.');
  const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) return wrong();
  const auto header = crypto::decode_base64url(token.substr(0, first));
  auto payload = crypto::decode_base64url(token.substr(first + 1, second - first - 1));
  auto signature = crypto::decode_base64url(token.substr(second + 1));
  if (!header || !payload || !signature) return wrong();
  const auto parsed = json::parse(*header);
  const json::Object* object = parsed ? parsed->if_object() : nullptr;
  if (object == nullptr) return wrong();
  UnverifiedToken result;
  const auto text = [&](std::string_view key) {
    const json::Value* value = object->if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
  };
  result.algorithm = text("alg");
  result.key_id = text("kid");
  result.payload = std::move(*payload);
  result.signed_text = token.substr(0, second);
  result.signature = std::move(*signature);
  return result;
}

bool is_signed_by(const UnverifiedToken& token, const VerificationKey& key) {
  if (!key.algorithm.empty() && key.algorithm != token.algorithm) return false;
  if (token.algorithm.starts_with("HS"))
    return !key.secret.empty() && digest_of(token.algorithm) != nullptr && check_hmac(token, key.secret);
  return key.public_key != nullptr && check_public(token, key.public_key.get());
}

}  // namespace busflow::token
