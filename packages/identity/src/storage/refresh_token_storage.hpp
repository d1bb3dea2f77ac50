#pragma once

#include <optional>
#include <string>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/postgres/transaction.hpp>

namespace busflow::identity {

struct RefreshToken {
  std::string id;
  std::string family_id;
  std::string tenant_id;
  std::string user_id;
};

/// How a token came to be.
struct TokenOrigin {
  std::string user_agent;
  std::string remote_address;
  bool is_personal = false;  ///< A personal access token: not rotated.
  std::string metadata = "{}";
};

Result<void> insert_refresh_token(postgres::Transaction& transaction, const RefreshToken& refresh_token,
                                  const std::string& token_hash, WallTime now, WallTime expires_at,
                                  const TokenOrigin& origin);

/// A token that was used after `since` and is not revoked. Nothing otherwise.
Result<std::optional<RefreshToken>> find_used_refresh_token(postgres::Transaction& transaction,
                                                            const std::string& token_hash, WallTime since);
/// A token that is neither revoked nor expired, used or not.
Result<std::optional<RefreshToken>> find_refresh_token(postgres::Transaction& transaction,
                                                       const std::string& token_hash, WallTime now);
/// A personal access token that is neither revoked nor expired.
Result<std::optional<RefreshToken>> find_personal_access_token(postgres::Transaction& transaction,
                                                               const std::string& token_hash, WallTime now);

/// A sign-in that still holds.
struct OpenSession {
  std::string id;  ///< Of the family.
  std::string tenant_id;
  std::string user_agent;
  std::string remote_address;
  std::string started_at;  ///< RFC 3339.
  std::string last_used_at;
  bool is_personal = false;  ///< A personal access token.
};
Result<std::vector<OpenSession>> open_sessions(postgres::Transaction& transaction, const std::string& user_id,
                                               WallTime now);
/// Ends the user's session. False when they have no such.
Result<bool> end_session(postgres::Transaction& transaction, const std::string& user_id, const std::string& session_id,
                         WallTime now);
/// Ends the user's sessions but the one named, if any. Personal access tokens stay, unless `personal_as_well`.
Result<void> end_sessions(postgres::Transaction& transaction, const std::string& user_id,
                          const std::string& but_session_id, bool personal_as_well, WallTime now);

/// The user whose token that is, used or revoked as it may be.
Result<std::optional<std::string>> owner_of_refresh_token(postgres::Transaction& transaction,
                                                          const std::string& token_hash);

/// Revokes every token of the family to which the token belongs. Nothing happens when it is unknown.
Result<void> revoke_family(postgres::Transaction& transaction, const std::string& token_hash, WallTime now);

/// Deletes what expired before `before`, at most 1000 at once.
Result<void> delete_expired(postgres::Transaction& transaction, WallTime before);

}  // namespace busflow::identity
