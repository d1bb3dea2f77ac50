#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/base/session.hpp>
#include <platform/token/key_set.hpp>

namespace busflow::token {

/// What a valid token says.
struct VerifiedToken {
  std::string subject;
  WallTime expires_at;
  std::string default_role;
  std::vector<std::string> allowed_roles;
  std::map<std::string, std::string, std::less<>>
      variables;  ///< All "x-hasura-…" claims as text, arrays as PostgreSQL literals.
};

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
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  struct Shard {
    std::shared_mutex mutex;
    std::unordered_map<std::string, std::shared_ptr<const VerifiedToken>, Hash, std::equal_to<>> tokens;
  };
  static constexpr std::size_t kShards = 16;
  static constexpr std::size_t kShardLimit = 2048;

  Verifier(KeySet keys, std::string issuer, const Clock& clock)
      : keys_(std::move(keys)), issuer_(std::move(issuer)), clock_(clock) {}
  Result<std::shared_ptr<const VerifiedToken>> check(std::string_view token) const;
  void remember(Shard& shard, std::string_view token, std::shared_ptr<const VerifiedToken> verified) const;

  KeySet keys_;
  std::string issuer_;
  const Clock& clock_;
  mutable std::array<Shard, kShards> shards_;
};

}  // namespace busflow::token
