#include <platform/token/key_set.hpp>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <fmt/format.h>

#include <platform/crypto/base64.hpp>
#include <platform/json/json.hpp>

#include "freeing.hpp"

namespace busflow::token {
namespace {

using PublicKey = std::shared_ptr<EVP_PKEY>;

using Parameters = std::unique_ptr<OSSL_PARAM_BLD, Freeing<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>>;
using BuiltParameters = std::unique_ptr<OSSL_PARAM, Freeing<OSSL_PARAM, OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freeing<EVP_PKEY_CTX, EVP_PKEY_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Freeing<BIGNUM, BN_free>>;

PublicKey own(EVP_PKEY* key) { return key == nullptr ? nullptr : PublicKey(key, EVP_PKEY_free); }

std::string text(const json::Object& object, std::string_view key) {
  const json::Value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

PublicKey from_parameters(const char* kind, OSSL_PARAM_BLD* builder) {
  const BuiltParameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) <= 0 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) <= 0)
    return nullptr;
  return own(key);
}

Number number(const std::string& bytes) {
  return Number(
      BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), nullptr));
}

PublicKey rsa_key(const json::Object& jwk) {
  const auto modulus = crypto::decode_base64url(text(jwk, "n"));
  const auto exponent = crypto::decode_base64url(text(jwk, "e"));
  if (!modulus || !exponent) return nullptr;
  const Number n = number(*modulus);
  const Number e = number(*exponent);
  const Parameters builder(OSSL_PARAM_BLD_new());
  if (OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 0 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) == 0)
    return nullptr;
  return from_parameters("RSA", builder.get());
}

PublicKey curve_key(const json::Object& jwk) {
  const std::string curve = text(jwk, "crv");
  const char* const group = curve == "P-256"   ? "P-256"
                            : curve == "P-384" ? "P-384"
                            : curve == "P-521" ? "P-521"
                                               : nullptr;
  const auto x = crypto::decode_base64url(text(jwk, "x"));
  const auto y = crypto::decode_base64url(text(jwk, "y"));
  if (group == nullptr || !x || !y) return nullptr;
  const std::string point = "\x04" + *x + *y;  // Uncompressed: SEC 1, section 2.3.3.
  const Parameters builder(OSSL_PARAM_BLD_new());
  if (OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, group, 0) == 0 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) == 0)
    return nullptr;
  return from_parameters("EC", builder.get());
}

PublicKey edwards_key(const json::Object& jwk) {
  const auto x = crypto::decode_base64url(text(jwk, "x"));
  if (text(jwk, "crv") != "Ed25519" || !x) return nullptr;
  return own(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(x->data()),
                                         x->size()));
}

PublicKey pem_key(std::string_view pem) {
  const std::unique_ptr<BIO, Freeing<BIO, BIO_free_all>> memory(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (pem.contains("BEGIN CERTIFICATE")) {
    const std::unique_ptr<X509, Freeing<X509, X509_free>> certificate(
        PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr));
    return certificate ? own(X509_get_pubkey(certificate.get())) : nullptr;
  }
  return own(PEM_read_bio_PUBKEY(memory.get(), nullptr, nullptr, nullptr));
}

}  // namespace

Result<VerificationKey> read_key(std::string_view algorithm, std::string_view key_text) {
  VerificationKey key;
  key.algorithm = algorithm == "Ed25519" ? "EdDSA" : std::string(algorithm);
  if (algorithm.starts_with("HS")) {
    constexpr std::size_t kShortest = 32;  // RFC 7518, section 3.2.
    if (key_text.size() < kShortest) {
      return fail(ErrorName::kInvalidSetting, fmt::format("the key of a JWT secret has {} bytes; {} needs at least {}",
                                                          key_text.size(), algorithm, kShortest));
    }
    key.secret = key_text;
    return key;
  }
  key.public_key = pem_key(key_text);
  if (key.public_key == nullptr)
    return fail(ErrorName::kInvalidSetting, "the key of a JWT secret is no public key or certificate in PEM");
  return key;
}

Result<KeySet> read_key_set(std::string_view document) {
  const auto parsed = json::parse(document);
  const json::Object* object = parsed ? parsed->if_object() : nullptr;
  const json::Value* keys = object == nullptr ? nullptr : object->if_contains("keys");
  if (keys == nullptr || !keys->is_array()) return fail(ErrorName::kBadRequest, "not a JSON Web Key Set");
  KeySet set;
  for (const json::Value& item : keys->get_array()) {
    if (!item.is_object()) continue;
    const json::Object& jwk = item.get_object();
    if (const std::string use = text(jwk, "use"); !use.empty() && use != "sig") continue;
    const std::string kind = text(jwk, "kty");
    PublicKey key = kind == "RSA"   ? rsa_key(jwk)
                    : kind == "EC"  ? curve_key(jwk)
                    : kind == "OKP" ? edwards_key(jwk)
                                    : nullptr;
    if (key != nullptr) set.push_back({text(jwk, "kid"), text(jwk, "alg"), {}, std::move(key)});
  }
  return set;
}

}  // namespace busflow::token
