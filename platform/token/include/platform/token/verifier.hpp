#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/base/session.hpp>
#include <platform/token/key_set.hpp>
#include <platform/token/token_memory.hpp>
#include <platform/token/verified_token.hpp>

namespace busflow::token {

/// The token of an Authorization header; nothing when there is no header. kAuthenticationRequired when it has another
/// form.
Result<std::optional<std::string_view>> bearer_token(std::optional<std::string_view> authorization);

/// The session for the requested role, or for the default role. kRoleNotAllowed when the token does not allow it.
Result<Session> session_for(const VerifiedToken& token, std::optional<std::string_view> requested_role);

/// Checks access tokens with the messages that Hasura's clients know. Remembers valid ones until they expire, so that
/// checking again costs a look-up. Thread-safe.
class Verifier {
 public:
  /// `keys` as SigningKeys::read() takes them, and with its errors.
  static Result<std::unique_ptr<Verifier>> create(std::string_view keys, std::string issuer, const Clock& clock);

  /// kTokenExpired, kInvalidToken, kMissingRoleClaims, kInvalidClaims.
  Result<std::shared_ptr<const VerifiedToken>> verify(std::string_view token) const;

 private:
  Verifier(KeySet keys, std::string issuer, const Clock& clock)
      : keys_(std::move(keys)), issuer_(std::move(issuer)), clock_(clock) {}
  Result<std::shared_ptr<const VerifiedToken>> check(std::string_view token) const;

  KeySet keys_;
  std::string issuer_;
  const Clock& clock_;
  mutable TokenMemory memory_;
};

}  // namespace busflow::token
