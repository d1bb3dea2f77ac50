#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/token/signing_keys.hpp>

namespace busflow::token {

/// The namespace of Hasura's claims in a JWT.
inline constexpr std::string_view kClaimsNamespace = "https://hasura.io/jwt/claims";

struct AccessTokenRequest {
  std::string subject;  ///< The user's id.
  std::string email;
  std::string default_role;
  std::vector<std::string> allowed_roles;
  std::map<std::string, std::string> variables;  ///< Further "x-hasura-…" claims.
};

/// Issues access tokens: signed JWTs. Thread-safe.
class Minter {
 public:
  /// `keys` as SigningKeys::read() takes them, and with its errors.
  static Result<Minter> create(std::string_view keys, std::string issuer, std::chrono::seconds lifetime);

  std::string mint(const AccessTokenRequest& request, WallTime now) const;
  std::chrono::seconds lifetime() const { return lifetime_; }
  /// What others verify the tokens with; see SigningKeys.
  std::string public_key_set() const { return keys_.public_key_set(); }

 private:
  Minter(SigningKeys keys, std::string issuer, std::chrono::seconds lifetime)
      : keys_(std::move(keys)), issuer_(std::move(issuer)), lifetime_(lifetime) {}

  SigningKeys keys_;
  std::string issuer_;
  std::chrono::seconds lifetime_;
};

}  // namespace busflow::token
