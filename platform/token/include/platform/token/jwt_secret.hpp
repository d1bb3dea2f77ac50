#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/json/json.hpp>
#include <platform/token/key_set.hpp>
#include <platform/token/verifier.hpp>

namespace busflow::token {

/// One entry of Hasura's JWT settings (HASURA_GRAPHQL_JWT_SECRET):
/// https://hasura.io/docs/2.0/auth/authentication/jwt/
struct JwtSecret {
  enum class Place : std::uint8_t { kAuthorization, kCookie, kHeader };
  /// Where a claim comes from: a path into the payload with a default, or a literal.
  struct Mapping {
    std::optional<std::string> path;
    std::optional<json::Value> value;
  };

  std::optional<VerificationKey> key;
  std::string key_set_url;  ///< "jwk_url"; keys come from there when `key` is absent.
  std::string claims_namespace = "https://hasura.io/jwt/claims";
  std::optional<std::string> claims_path;  ///< "$.a.b", instead of the namespace.
  bool claims_are_text = false;            ///< "stringified_json"
  std::map<std::string, Mapping> claims_map;
  std::vector<std::string> audiences;  ///< Empty: any.
  std::string issuer;                  ///< Empty: any.
  std::chrono::seconds allowed_skew{0};
  Place place = Place::kAuthorization;
  std::string name;  ///< Of the cookie or the header.

  /// kInvalidSetting says what is wrong, never the key.
  static Result<JwtSecret> read(const json::Value& settings);
};

/// Checks the claims of a token whose signature is good: time, issuer, audience, and who it speaks for. The errors are
/// the reference's.
Result<VerifiedToken> check_claims(const JwtSecret& secret, std::string_view payload, WallTime now);

/// Finds the token in a request's headers; nothing when there is none.
Result<std::optional<std::string>> find_token(const JwtSecret& secret, std::optional<std::string_view> authorization,
                                              std::optional<std::string_view> cookie,
                                              std::optional<std::string_view> own_header);

}  // namespace busflow::token
