#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/postgres/transaction.hpp>

#include "domain/account.hpp"

namespace busflow::identity {

/// A user of no operator. False when their address or number is taken; then nothing is written.
Result<bool> insert_user(postgres::Transaction& transaction, const Account& account, WallTime now);

/// Empty when nobody has the address.
Result<std::string> user_id_of(postgres::Transaction& transaction, const std::string& email);

Result<void> set_password_hash(postgres::Transaction& transaction, const std::string& user_id, const std::string& hash);
/// What is absent stays as it is. `avatar_url` may be empty: none.
Result<void> set_profile(postgres::Transaction& transaction, const std::string& user_id,
                         const std::optional<std::string>& display_name, const std::optional<std::string>& locale,
                         const std::optional<std::string>& avatar_url);
/// Takes away every way in but the e-mail address: password, second factor, security keys, accounts elsewhere, codes
/// and tickets.
Result<void> forget_proofs(postgres::Transaction& transaction, const std::string& user_id);
Result<void> set_email_verified(postgres::Transaction& transaction, const std::string& user_id);
Result<void> set_phone_number_verified(postgres::Transaction& transaction, const std::string& user_id);

/// The address that will be theirs once they proved it.
Result<void> set_new_email(postgres::Transaction& transaction, const std::string& user_id, const std::string& email);
/// Makes it theirs. False when somebody else took it meanwhile, or there is none.
Result<bool> confirm_new_email(postgres::Transaction& transaction, const std::string& user_id);

/// Gives an anonymous user an address. False when it is taken.
Result<bool> deanonymize(postgres::Transaction& transaction, const std::string& user_id, const std::string& email,
                         const std::optional<std::string>& password_hash);

struct FactorState {
  std::string sealed_secret;  ///< Empty when there is none.
  bool is_active = false;
  std::int64_t last_step = 0;  ///< Of the last code that was used.
};
/// Locks the row: two sign-ins with the same code come one after the other.
Result<FactorState> lock_second_factor(postgres::Transaction& transaction, const std::string& user_id);
Result<void> set_totp_secret(postgres::Transaction& transaction, const std::string& user_id,
                             const std::string& sealed_secret);
Result<void> set_totp_step(postgres::Transaction& transaction, const std::string& user_id, std::int64_t step);
Result<void> set_active_mfa_type(postgres::Transaction& transaction, const std::string& user_id,
                                 const std::string& type);

Result<void> replace_recovery_codes(postgres::Transaction& transaction, const std::string& user_id,
                                    const std::vector<std::string>& code_hashes);
/// False when there is no such code.
Result<bool> use_recovery_code(postgres::Transaction& transaction, const std::string& user_id,
                               const std::string& code_hash);

/// Something an auditor asks for.
Result<void> record_security_event(postgres::Transaction& transaction, const std::string& event_id,
                                   const std::string& user_id, std::string_view event,
                                   const std::string& remote_address, WallTime now);

}  // namespace busflow::identity
