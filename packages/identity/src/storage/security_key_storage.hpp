#pragma once

#include <optional>
#include <string>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/postgres/transaction.hpp>
#include <platform/security_key/security_key.hpp>

namespace busflow::identity {

struct SecurityKey {
  std::string id;
  std::string user_id;
  std::string nickname;
  std::string created_at;  ///< RFC 3339.
  security_key::Credential credential;
};

/// False when the credential is somebody's already.
Result<bool> insert_security_key(postgres::Transaction& transaction, const SecurityKey& key, WallTime now);
Result<std::vector<SecurityKey>> security_keys_of(postgres::Transaction& transaction, const std::string& user_id);
/// By the credential's id; locked until the transaction ends, so that its count grows in order.
Result<std::optional<SecurityKey>> lock_security_key(postgres::Transaction& transaction,
                                                     const std::string& credential_id);
Result<void> set_sign_count(postgres::Transaction& transaction, const std::string& id, std::uint32_t count,
                            WallTime now);
/// False when it is none of the user's.
Result<bool> delete_security_key(postgres::Transaction& transaction, const std::string& user_id, const std::string& id);

/// What an answer will be to.
struct Question {
  std::string challenge;  ///< Base64url.
  std::string purpose;    ///< sign-in, sign-up, add, elevate
  std::string user_id;    ///< Empty for a sign-in.
  std::string email;
};
/// Also forgets the ones that nobody answered in time.
Result<void> insert_question(postgres::Transaction& transaction, const Question& question, WallTime now,
                             WallTime expires_at);
/// Uses it up. Nothing when it was never asked, answered already, or too long ago.
Result<std::optional<Question>> take_question(postgres::Transaction& transaction, const std::string& challenge,
                                              const std::string& purpose, WallTime now);

}  // namespace busflow::identity
