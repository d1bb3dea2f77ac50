#include "usecases/second_factor.hpp"

#include <algorithm>
#include <optional>

#include <platform/base/text.hpp>
#include <platform/crypto/digest.hpp>
#include <platform/crypto/random.hpp>
#include <platform/totp/totp.hpp>

#include "storage/account_storage.hpp"
#include "storage/ticket_storage.hpp"
#include "storage/user_storage.hpp"

namespace busflow::identity {
namespace {

constexpr std::string_view kPurpose = "totp-secret";
constexpr std::string_view kIssuer = "Busflow";
constexpr std::size_t kRecoveryCodes = 10;
constexpr std::size_t kRecoveryBytes = 5;

/// As people type it: in capitals, with hyphens or without.
std::string recovery_hash(const std::string& code) {
  std::string plain = lower_case(code);
  std::erase_if(plain, [](char c) { return c == '-' || c == ' '; });
  return crypto::sha256_hex("recovery " + plain);
}

/// "1a2b3-c4d5e"
std::string new_recovery_code() {
  auto code = crypto::random_hex(kRecoveryBytes);
  code.insert(code.size() / 2, "-");
  return code;
}

}  // namespace

Result<SecondFactor::Setup> SecondFactor::generate(Context& context, const Caller& caller) const {
  if (caller.is_anonymous) return fail(ErrorName::kAnonymousForbidden);
  return services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<Setup> {
    BUSFLOW_TRY(const auto factor, lock_second_factor(transaction, caller.user_id));
    if (factor.is_active) return fail(ErrorName::kTotpActive);
    BUSFLOW_TRY(const auto account, find_account_by_id(transaction, caller.user_id));
    if (!account) return fail(ErrorName::kInvalidToken);
    Setup setup{.secret = totp::new_secret(), .image = {}};
    BUSFLOW_CHECK(set_totp_secret(transaction, caller.user_id, services_->vault.seal(kPurpose, setup.secret)));
    const auto& name = account->email.empty() ? account->display_name : account->email;
    setup.image = totp::qr_code_image(totp::setup_address(kIssuer, name, setup.secret));
    return setup;
  });
}

/// Only codes later than the last one that was used are right: who looks over a shoulder has nothing.
Result<bool> SecondFactor::is_right(Context& context, postgres::Transaction& transaction, const std::string& user_id,
                                    const std::string& code) const {
  BUSFLOW_TRY(const auto factor, lock_second_factor(transaction, user_id));
  const auto secret = services_->vault.open(kPurpose, factor.sealed_secret);
  const auto step = secret ? totp::matching_step(*secret, code, context.clock.now()) : std::nullopt;
  if (step && *step > factor.last_step) {
    BUSFLOW_CHECK(set_totp_step(transaction, user_id, *step));
    return true;
  }
  return factor.is_active ? use_recovery_code(transaction, user_id, recovery_hash(code)) : Result<bool>(false);
}

Result<std::vector<std::string>> SecondFactor::activate(Context& context, const Caller& caller, const Origin& origin,
                                                        const std::string& code) const {
  BUSFLOW_CHECK(admit_attempt(*services_, context, caller.user_id, origin));
  std::vector<std::string> codes;
  std::vector<std::string> hashes;
  for (std::size_t i = 0; i < kRecoveryCodes; ++i) {
    codes.push_back(new_recovery_code());
    hashes.push_back(recovery_hash(codes.back()));
  }
  BUSFLOW_CHECK(services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_TRY(const auto factor, lock_second_factor(transaction, caller.user_id));
    if (factor.is_active) return fail(ErrorName::kTotpActive);
    if (factor.sealed_secret.empty()) return fail(ErrorName::kTotpSecretMissing);
    BUSFLOW_TRY(const bool right, is_right(context, transaction, caller.user_id, code));
    if (!right) return fail(ErrorName::kInvalidTotp);
    BUSFLOW_CHECK(set_active_mfa_type(transaction, caller.user_id, std::string(kTotp)));
    BUSFLOW_CHECK(replace_recovery_codes(transaction, caller.user_id, hashes));
    return record_security_event(transaction, context.identifiers.next().to_string(), caller.user_id,
                                 "second-factor-activated", origin.remote_address, context.clock.now());
  }));
  forget_attempts(*services_, context, caller.user_id, origin);
  return codes;
}

Result<void> SecondFactor::deactivate(Context& context, const Caller& caller, const Origin& origin,
                                      const std::string& code) const {
  BUSFLOW_CHECK(admit_attempt(*services_, context, caller.user_id, origin));
  BUSFLOW_CHECK(services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_TRY(const auto factor, lock_second_factor(transaction, caller.user_id));
    if (!factor.is_active) return fail(ErrorName::kTotpInactive);
    BUSFLOW_TRY(const bool right, is_right(context, transaction, caller.user_id, code));
    if (!right) return fail(ErrorName::kInvalidTotp);
    BUSFLOW_CHECK(set_active_mfa_type(transaction, caller.user_id, ""));
    BUSFLOW_CHECK(replace_recovery_codes(transaction, caller.user_id, {}));
    return record_security_event(transaction, context.identifiers.next().to_string(), caller.user_id,
                                 "second-factor-deactivated", origin.remote_address, context.clock.now());
  }));
  forget_attempts(*services_, context, caller.user_id, origin);
  return {};
}

Result<SignedIn> SecondFactor::sign_in(Context& context, const Origin& origin, const std::string& ticket,
                                       const std::string& code) const {
  if (purpose_of(ticket) != TicketPurpose::kMfaTotp) return fail(ErrorName::kInvalidTicket);
  BUSFLOW_TRY(const auto owner, services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) {
    return find_ticket(transaction, ticket, context.clock.now());
  }));
  if (!owner) return fail(ErrorName::kInvalidTicket);
  // By the user and not by the ticket: a new ticket must not mean new guesses.
  BUSFLOW_CHECK(admit_attempt(*services_, context, *owner, origin));
  BUSFLOW_TRY(
      auto session,
      services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<SignedIn> {
        BUSFLOW_TRY(const auto user_id, take_ticket(transaction, ticket, context.clock.now()));
        if (!user_id) return fail(ErrorName::kInvalidTicket);
        BUSFLOW_TRY(const bool right, is_right(context, transaction, *user_id, code));
        if (!right) return fail(ErrorName::kInvalidTotp);
        BUSFLOW_TRY(const auto account, find_account_by_id(transaction, *user_id));
        if (!account || account->is_disabled) return fail(ErrorName::kInvalidTicket);
        return start_session(*services_, context, transaction, *account, origin);
      }));
  forget_attempts(*services_, context, *owner, origin);
  return session;
}

}  // namespace busflow::identity
