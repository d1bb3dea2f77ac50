#include "storage/user_storage.hpp"

#include <charconv>

namespace busflow::identity {
namespace {

constexpr postgres::Statement kInsert{
    "identity.insert_new_user",
    "insert into identity.users (id, email, phone_number, display_name, locale, metadata, password_hash, is_anonymous,"
    "    avatar_url, email_verified, created_at)"
    "  values ($1, nullif($2, ''), nullif($3, ''), $4, $5, $6::jsonb, nullif($7, ''), $8::boolean, $9, $10::boolean, "
    "$11)"
    "  on conflict do nothing"};
constexpr postgres::Statement kUserId{"identity.user_id_of",
                                      "select id from identity.users where lower(email) = lower($1)"};
constexpr postgres::Statement kSetPassword{"identity.set_password_hash",
                                           "update identity.users set password_hash = $2 where id = $1"};
constexpr postgres::Statement kSetProfile{
    "identity.set_profile",
    "update identity.users set display_name = coalesce($2, display_name), locale = coalesce($3, locale),"
    "    avatar_url = coalesce($4, avatar_url) where id = $1"};
constexpr postgres::Statement kForgetProofs{
    "identity.forget_proofs",
    "with p as (delete from identity.user_providers where user_id = $1),"
    "    c as (delete from identity.one_time_codes where user_id = $1),"
    "    t as (delete from identity.tickets where user_id = $1),"
    "    r as (delete from identity.recovery_codes where user_id = $1),"
    "    k as (delete from identity.security_keys where user_id = $1)"
    "  update identity.users set password_hash = null, active_mfa_type = '', totp_secret = null, new_email = null"
    "    where id = $1"};
constexpr postgres::Statement kVerifyEmail{"identity.set_email_verified",
                                           "update identity.users set email_verified = true where id = $1"};
constexpr postgres::Statement kVerifyPhone{"identity.set_phone_number_verified",
                                           "update identity.users set phone_number_verified = true where id = $1"};
constexpr postgres::Statement kSetNewEmail{"identity.set_new_email",
                                           "update identity.users set new_email = $2 where id = $1"};
constexpr postgres::Statement kConfirmNewEmail{
    "identity.confirm_new_email",
    "update identity.users u set email = u.new_email, new_email = null, email_verified = true"
    "  where u.id = $1 and u.new_email is not null"
    "    and not exists (select from identity.users o where lower(o.email) = lower(u.new_email) and o.id <> u.id)"};
constexpr postgres::Statement kDeanonymize{
    "identity.deanonymize",
    "update identity.users u set email = $2, password_hash = $3, is_anonymous = false, email_verified = false"
    "  where u.id = $1 and u.is_anonymous"
    "    and not exists (select from identity.users o where lower(o.email) = lower($2))"};
constexpr postgres::Statement kLockFactor{
    "identity.lock_second_factor",
    "select coalesce(totp_secret, '') as totp_secret, active_mfa_type = 'totp' as is_active, totp_last_step"
    "  from identity.users where id = $1 for update"};
constexpr postgres::Statement kSetSecret{"identity.set_totp_secret",
                                         "update identity.users set totp_secret = $2 where id = $1"};
constexpr postgres::Statement kSetStep{"identity.set_totp_step",
                                       "update identity.users set totp_last_step = $2::bigint where id = $1"};
constexpr postgres::Statement kSetMfaType{"identity.set_active_mfa_type",
                                          "update identity.users set active_mfa_type = $2 where id = $1"};
constexpr postgres::Statement kDeleteRecovery{"identity.delete_recovery_codes",
                                              "delete from identity.recovery_codes where user_id = $1"};
constexpr postgres::Statement kInsertRecovery{
    "identity.insert_recovery_code", "insert into identity.recovery_codes (user_id, code_hash) values ($1, $2)"};
constexpr postgres::Statement kUseRecovery{"identity.use_recovery_code",
                                           "delete from identity.recovery_codes where user_id = $1 and code_hash = $2"};
constexpr postgres::Statement kRecordEvent{"identity.record_security_event",
                                           "insert into identity.security_events (id, user_id, event, remote_address, "
                                           "happened_at) values ($1, $2, $3, $4, $5)"};

}  // namespace

Result<bool> insert_user(postgres::Transaction& transaction, const Account& account, WallTime now) {
  BUSFLOW_TRY(const auto count,
              transaction.change(
                  kInsert, {account.user_id, account.email, account.phone_number, account.display_name, account.locale,
                            account.metadata, account.password_hash, account.is_anonymous ? "true" : "false",
                            account.avatar_url, account.email_verified ? "true" : "false", to_rfc3339(now)}));
  return count > 0;
}

Result<std::string> user_id_of(postgres::Transaction& transaction, const std::string& email) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kUserId, {email}));
  return rows.empty() ? std::string() : std::string(rows.text(0, "id"));
}

Result<void> set_password_hash(postgres::Transaction& transaction, const std::string& user_id,
                               const std::string& hash) {
  BUSFLOW_CHECK(transaction.change(kSetPassword, {user_id, hash}));
  return {};
}

Result<void> set_profile(postgres::Transaction& transaction, const std::string& user_id,
                         const std::optional<std::string>& display_name, const std::optional<std::string>& locale,
                         const std::optional<std::string>& avatar_url) {
  BUSFLOW_CHECK(transaction.change(kSetProfile, {user_id, display_name, locale, avatar_url}));
  return {};
}

Result<void> forget_proofs(postgres::Transaction& transaction, const std::string& user_id) {
  BUSFLOW_CHECK(transaction.change(kForgetProofs, {user_id}));
  return {};
}

Result<void> set_email_verified(postgres::Transaction& transaction, const std::string& user_id) {
  BUSFLOW_CHECK(transaction.change(kVerifyEmail, {user_id}));
  return {};
}

Result<void> set_phone_number_verified(postgres::Transaction& transaction, const std::string& user_id) {
  BUSFLOW_CHECK(transaction.change(kVerifyPhone, {user_id}));
  return {};
}

Result<void> set_new_email(postgres::Transaction& transaction, const std::string& user_id, const std::string& email) {
  BUSFLOW_CHECK(transaction.change(kSetNewEmail, {user_id, email}));
  return {};
}

Result<bool> confirm_new_email(postgres::Transaction& transaction, const std::string& user_id) {
  BUSFLOW_TRY(const auto count, transaction.change(kConfirmNewEmail, {user_id}));
  return count > 0;
}

Result<bool> deanonymize(postgres::Transaction& transaction, const std::string& user_id, const std::string& email,
                         const std::optional<std::string>& password_hash) {
  BUSFLOW_TRY(const auto count, transaction.change(kDeanonymize, {user_id, email, password_hash}));
  return count > 0;
}

Result<FactorState> lock_second_factor(postgres::Transaction& transaction, const std::string& user_id) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kLockFactor, {user_id}));
  FactorState factor;
  if (rows.empty()) return factor;
  factor.sealed_secret = rows.text(0, "totp_secret");
  factor.is_active = rows.text(0, "is_active") == "t";
  const auto step = rows.text(0, "totp_last_step");
  std::from_chars(step.data(), step.data() + step.size(), factor.last_step);
  return factor;
}

Result<void> set_totp_secret(postgres::Transaction& transaction, const std::string& user_id,
                             const std::string& sealed_secret) {
  BUSFLOW_CHECK(transaction.change(kSetSecret, {user_id, sealed_secret}));
  return {};
}

Result<void> set_totp_step(postgres::Transaction& transaction, const std::string& user_id, std::int64_t step) {
  BUSFLOW_CHECK(transaction.change(kSetStep, {user_id, std::to_string(step)}));
  return {};
}

Result<void> set_active_mfa_type(postgres::Transaction& transaction, const std::string& user_id,
                                 const std::string& type) {
  BUSFLOW_CHECK(transaction.change(kSetMfaType, {user_id, type}));
  return {};
}

Result<void> replace_recovery_codes(postgres::Transaction& transaction, const std::string& user_id,
                                    const std::vector<std::string>& code_hashes) {
  BUSFLOW_CHECK(transaction.change(kDeleteRecovery, {user_id}));
  for (const auto& hash : code_hashes) BUSFLOW_CHECK(transaction.change(kInsertRecovery, {user_id, hash}));
  return {};
}

Result<bool> use_recovery_code(postgres::Transaction& transaction, const std::string& user_id,
                               const std::string& code_hash) {
  BUSFLOW_TRY(const auto count, transaction.change(kUseRecovery, {user_id, code_hash}));
  return count > 0;
}

Result<void> record_security_event(postgres::Transaction& transaction, const std::string& event_id,
                                   const std::string& user_id, std::string_view event,
                                   const std::string& remote_address, WallTime now) {
  BUSFLOW_CHECK(
      transaction.change(kRecordEvent, {event_id, user_id, std::string(event), remote_address, to_rfc3339(now)}));
  return {};
}

}  // namespace busflow::identity
