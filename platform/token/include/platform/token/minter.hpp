#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>

namespace busflow::token {

/// The namespace of Hasura's claims in a JWT.
inline constexpr std::string_view kClaimsNamespace = "https://hasura.io/jwt/claims";
/// Shorter keys would be weaker than HS256 itself (RFC 7518, section 3.2).
inline constexpr std::size_t kShortestKey = 32;

struct AccessTokenRequest {
  std::string subject;  ///< The user's id.
  std::string email;
  std::string default_role;
  std::vector<std::string> allowed_roles;
  std::map<std::string, std::string> variables;  ///< Further "x-hasura-…" claims.
};

/// Issues access tokens: JWTs signed with HS256. Thread-safe.
class Minter {
 public:
  /// kInvalidSetting when the key is too short.
  static Result<Minter> create(std::string key, std::string issuer, std::chrono::seconds lifetime);

  std::string mint(const AccessTokenRequest& request, WallTime now) const;
  std::chrono::seconds lifetime() const { return lifetime_; }

 private:
  Minter(std::string key, std::string issuer, std::chrono::seconds lifetime)
      : key_(std::move(key)), issuer_(std::move(issuer)), lifetime_(lifetime) {}

  std::string key_;
  std::string issuer_;
  std::chrono::seconds lifetime_;
};

}  // namespace busflow::token
