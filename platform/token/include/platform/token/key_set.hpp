#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <platform/base/result.hpp>

struct evp_pkey_st;

namespace busflow::token {

/// A key that signatures are checked with: a shared secret, or a public key.
struct VerificationKey {
  std::string id;         ///< "kid"; empty when it has none.
  std::string algorithm;  ///< "RS256", …; empty: any that fits the key.
  std::string secret;     ///< Of HS256, HS384, HS512.
  std::shared_ptr<evp_pkey_st> public_key;
};

using KeySet = std::vector<VerificationKey>;

/// A public key or certificate in PEM, or for HS… the secret itself. kInvalidSetting, without the key in it.
Result<VerificationKey> read_key(std::string_view algorithm, std::string_view text);

/// A JSON Web Key Set (RFC 7517) with keys of RSA, EC and Ed25519; others are left out. kBadRequest when it is none.
Result<KeySet> read_key_set(std::string_view json);

/// A JSON Web Token (RFC 7519) taken apart; nothing about it is verified yet.
struct UnverifiedToken {
  std::string algorithm;
  std::string key_id;
  std::string payload;  ///< JSON.
  std::string signed_text;
  std::string signature;
};

Result<UnverifiedToken> take_apart(std::string_view token);
/// Whether the key made the signature: HS, RS, PS and ES with 256, 384 and 512, and EdDSA with Ed25519 (RFC 7518,
/// 8037).
bool is_signed_by(const UnverifiedToken& token, const VerificationKey& key);

}  // namespace busflow::token
