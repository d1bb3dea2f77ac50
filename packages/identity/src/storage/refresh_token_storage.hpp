#pragma once

#include <optional>
#include <string>

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

Result<void> insert_refresh_token(postgres::Transaction& transaction, const RefreshToken& refresh_token,
                                  const std::string& token_hash, WallTime now, WallTime expires_at);

/// Marks the token as used, and gives it to exactly one caller however many present it at once. Nothing when it is
/// unknown, used, revoked or expired.
Result<std::optional<RefreshToken>> use_refresh_token(postgres::Transaction& transaction, const std::string& token_hash,
                                                      WallTime now);

/// Revokes every token of the family to which the token belongs. Nothing happens when it is unknown.
Result<void> revoke_family(postgres::Transaction& transaction, const std::string& token_hash, WallTime now);

/// Deletes what expired before `before`, at most 1000 at once.
Result<void> delete_expired(postgres::Transaction& transaction, WallTime before);

}  // namespace busflow::identity
