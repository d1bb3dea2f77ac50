#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <platform/base/result.hpp>
#include <platform/token/key_set.hpp>

namespace busflow::token {

/// Shorter shared secrets would be weaker than HS256 itself (RFC 7518, section 3.2).
inline constexpr std::size_t kShortestKey = 32;

/// The keys of our own tokens. The first one signs, all of them verify: a key is exchanged by putting a new one before
/// it, and is taken away once the tokens that it signed have expired. Const use is thread-safe.
class SigningKeys {
 public:
  /// `text`: private keys in PEM one after the other (RSA of at least 2048 bits for RS256, P-256 for ES256, Ed25519 for
  /// EdDSA), or shared secrets for HS256, one per line. kInvalidSetting says what is wrong, never the key.
  static Result<SigningKeys> read(std::string_view text);

  /// The payload, a JSON object, as a signed token (RFC 7519). `key_id`: what others call the key, where that is not
  /// its thumbprint.
  std::string sign(std::string_view payload, std::string_view key_id = {}) const;
  /// For the verifier.
  const KeySet& verification_keys() const { return verification_keys_; }
  /// The public keys as a JSON Web Key Set (RFC 7517); shared secrets are not in it.
  std::string public_key_set() const;

 private:
  struct Key {
    std::string algorithm;
    std::string id{};      ///< Thumbprint (RFC 7638); empty for a secret.
    std::string secret{};  ///< Of HS256.
    std::shared_ptr<evp_pkey_st> private_key{};
    std::string public_members{};  ///< Of the JSON Web Key, as the thumbprint has them.
  };
  void add(Key key);
  static Result<Key> read_private_key(std::string_view pem);

  std::vector<Key> keys_;
  KeySet verification_keys_;
};

}  // namespace busflow::token
