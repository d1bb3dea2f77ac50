#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/postgres/shared_statement.hpp>

#include "domain/account.hpp"

namespace busflow::identity {

/// In the role that a sign-in starts with: at the operator they joined first, else as staff, else as themselves.
Result<std::optional<Account>> find_account(postgres::Transaction& transaction, const std::string& email);
Result<std::optional<Account>> find_account_by_phone(postgres::Transaction& transaction, const std::string& number);
Result<std::optional<Account>> find_account_by_id(postgres::Transaction& transaction, const std::string& user_id);

/// In the role they have at that operator. With no operator: as staff if they are, else as a sign-in starts.
Result<std::optional<Account>> find_member(postgres::Transaction& transaction, const std::string& user_id,
                                           const std::string& tenant_id);

/// What takes the place of a refresh token.
struct Successor {
  std::string id;
  std::string token_hash;
  WallTime expires_at;
  std::string user_agent;
  std::string remote_address;
};
struct Rotation {
  Account account;
  std::string family_id;
};
/// What rotate_refresh_token() needs, once for all. `pool` outlives it.
std::unique_ptr<postgres::SharedStatement> share_rotation(postgres::Pool& pool, const std::string& database_role);
/// Marks the token as used, keeps its successor and finds whose they are, in one statement, together with those of
/// others: it happens every few minutes for everybody who is signed in. Exactly one caller gets it, however many
/// present the token at once; nothing when it is unknown, used, revoked or expired, or its user is gone or disabled. A
/// transaction of its own, which a lost connection may repeat: to who presents a token again, it is one that was used a
/// moment ago.
Result<std::optional<Rotation>> rotate_refresh_token(Context& context, postgres::SharedStatement& rotation,
                                                     const std::string& token_hash, const Successor& next);

/// In every role they have, the first being the one that a sign-in starts with.
Result<std::vector<Account>> find_memberships(postgres::Transaction& transaction, const std::string& user_id);

/// The user with their operator and membership, or as staff. What is there already stays as it is.
Result<void> insert_account(postgres::Transaction& transaction, const Account& account);

Result<bool> user_exists(postgres::Transaction& transaction, const std::string& user_id);

}  // namespace busflow::identity
