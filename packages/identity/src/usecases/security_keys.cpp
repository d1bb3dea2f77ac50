#include "usecases/security_keys.hpp"

#include <platform/base/text.hpp>
#include <platform/crypto/base64.hpp>
#include <platform/crypto/digest.hpp>
#include <platform/crypto/random.hpp>

#include "storage/account_storage.hpp"
#include "storage/user_storage.hpp"

namespace busflow::identity {
namespace {

constexpr std::size_t kChallengeBytes = 32;
constexpr std::chrono::minutes kTimeToAnswer{5};
constexpr std::size_t kLongestNickname = 100;
constexpr std::string_view kNobodysKey = "security-key-of-nobody";

std::vector<std::string> ids_of(const std::vector<SecurityKey>& keys) {
  std::vector<std::string> ids;
  for (const auto& key : keys) ids.push_back(crypto::encode_base64url(key.credential.id));
  return ids;
}

std::string bytes_of_challenge(const Question& question) {
  return crypto::decode_base64url(question.challenge).value_or("");
}

}  // namespace

Result<SecurityKeys::Asking> SecurityKeys::ask(Context& context, postgres::Transaction& transaction,
                                               Question question) const {
  question.challenge = crypto::encode_base64url(crypto::sha256(crypto::random_hex(kChallengeBytes)));
  BUSFLOW_CHECK(insert_question(transaction, question, context.clock.now(), context.clock.now() + kTimeToAnswer));
  return Asking{.challenge = question.challenge, .user_id = question.user_id, .name = question.email};
}

Result<security_key::Credential> SecurityKeys::registered(Context& context, postgres::Transaction& transaction,
                                                          std::string_view purpose,
                                                          const security_key::Registration& registration,
                                                          Question& question) const {
  BUSFLOW_TRY(const auto asked, take_question(transaction, security_key::challenge_of(registration.client_data),
                                              std::string(purpose), context.clock.now()));
  if (!asked) return fail(ErrorName::kInvalidSecurityKeyProof, "The security key answers no question of ours.");
  question = *asked;
  return security_key::check_registration(services_->site, bytes_of_challenge(question), registration);
}

Result<SecurityKeys::Answered> SecurityKeys::answered(Context& context, postgres::Transaction& transaction,
                                                      std::string_view purpose, const std::string& credential_id,
                                                      const security_key::Assertion& assertion) const {
  BUSFLOW_TRY(const auto asked, take_question(transaction, security_key::challenge_of(assertion.client_data),
                                              std::string(purpose), context.clock.now()));
  if (!asked) return fail(ErrorName::kInvalidSecurityKeyProof, "The security key answers no question of ours.");
  BUSFLOW_TRY(auto key, lock_security_key(transaction, credential_id));
  if (!key || (!asked->user_id.empty() && key->user_id != asked->user_id)) return fail(ErrorName::kInvalidSecurityKey);
  BUSFLOW_TRY(const auto proof,
              security_key::check_assertion(services_->site, bytes_of_challenge(*asked), key->credential, assertion));
  BUSFLOW_CHECK(set_sign_count(transaction, key->id, proof.sign_count, context.clock.now()));
  return Answered{*std::move(key), proof};
}

Result<std::string> SecurityKeys::keep(Context& context, postgres::Transaction& transaction, const Origin& origin,
                                       const std::string& user_id, const std::string& nickname,
                                       security_key::Credential credential) const {
  const SecurityKey key{.id = context.identifiers.next().to_string(),
                        .user_id = user_id,
                        .nickname = nickname.substr(0, kLongestNickname),
                        .created_at = {},
                        .credential = std::move(credential)};
  BUSFLOW_TRY(const bool is_new, insert_security_key(transaction, key, context.clock.now()));
  if (!is_new) return fail(ErrorName::kConflict, "This security key belongs to an account already.");
  BUSFLOW_CHECK(record_security_event(transaction, context.identifiers.next().to_string(), user_id,
                                      "security-key-added", origin.remote_address, context.clock.now()));
  return key.id;
}

Result<SecurityKeys::Asking> SecurityKeys::ask_sign_in(Context& context, const Origin& origin,
                                                       const std::string& email) const {
  BUSFLOW_CHECK(admit(*services_, context, limits::sign_in_by_address(services_->options), origin.remote_address));
  return services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<Asking> {
    BUSFLOW_TRY(auto asking, ask(context, transaction, {.purpose = "sign-in"}));
    if (email.empty()) return asking;
    BUSFLOW_TRY(const auto account, find_account(transaction, email));
    if (account) {
      BUSFLOW_TRY(const auto keys, security_keys_of(transaction, account->user_id));
      asking.credential_ids = ids_of(keys);
    }
    if (asking.credential_ids.empty()) {
      const auto nobody = crypto::sha256(services_->vault.derive(kNobodysKey, lower_case(email)));
      asking.credential_ids.push_back(crypto::encode_base64url(nobody));
    }
    return asking;
  });
}

Result<SignInOutcome> SecurityKeys::sign_in(Context& context, const Origin& origin, const std::string& credential_id,
                                            const security_key::Assertion& assertion) const {
  BUSFLOW_CHECK(admit(*services_, context, limits::sign_in_by_address(services_->options), origin.remote_address));
  BUSFLOW_TRY(
      auto outcome,
      services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<SignInOutcome> {
        BUSFLOW_TRY(const auto here, answered(context, transaction, "sign-in", credential_id, assertion));
        BUSFLOW_TRY(const auto account, find_account_by_id(transaction, here.key.user_id));
        if (!account || account->is_disabled) return fail(ErrorName::kUserDisabled);
        if (services_->options.needs_verified_email && !account->email.empty() && !account->email_verified)
          return fail(ErrorName::kUserUnverified);
        if (!here.proof.verified_user) return enter(*services_, context, transaction, *account, origin);
        BUSFLOW_TRY(auto session, start_session(*services_, context, transaction, *account, origin));
        return session;
      }));
  services_->limiter.give_back(context, limits::sign_in_by_address(services_->options), origin.remote_address);
  return outcome;
}

Result<SecurityKeys::Asking> SecurityKeys::ask_sign_up(Context& context, const Origin& origin,
                                                       const std::string& email) const {
  BUSFLOW_CHECK(admit_sign_up(*services_, context, origin));
  BUSFLOW_CHECK(check_email(email));
  return services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) {
    return ask(context, transaction,
               {.purpose = "sign-up", .user_id = context.identifiers.next().to_string(), .email = email});
  });
}

Result<std::optional<SignedIn>> SecurityKeys::sign_up(Context& context, const Origin& origin,
                                                      const security_key::Registration& registration,
                                                      const std::string& nickname, const NewUser& about) const {
  BUSFLOW_CHECK(check_locale(about.locale));
  BUSFLOW_TRY(const auto redirect, allowed_redirect(*services_, about.redirect_to));
  return services_->pool.transact(
      context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<std::optional<SignedIn>> {
        Question question;
        BUSFLOW_TRY(auto credential, registered(context, transaction, "sign-up", registration, question));
        BUSFLOW_CHECK(admit_message(*services_, context, question.email, origin));
        Account account = new_account(context, question.email, about);
        account.user_id = question.user_id;
        BUSFLOW_TRY(const bool is_new, insert_or_tell_owner(*services_, context, transaction, account, redirect));
        if (!is_new) return std::nullopt;
        BUSFLOW_CHECK(keep(context, transaction, origin, account.user_id, nickname, std::move(credential)));
        return welcome(*services_, context, transaction, account, origin, redirect);
      });
}

Result<SecurityKeys::Asking> SecurityKeys::ask_add(Context& context, const Caller& caller) const {
  if (caller.is_anonymous) return fail(ErrorName::kAnonymousForbidden);
  BUSFLOW_CHECK(check_elevation(*services_, context, caller));
  return services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<Asking> {
    BUSFLOW_TRY(const auto account, find_account_by_id(transaction, caller.user_id));
    if (!account) return fail(ErrorName::kInvalidToken);
    BUSFLOW_TRY(const auto keys, security_keys_of(transaction, caller.user_id));
    BUSFLOW_TRY(auto asking, ask(context, transaction, {.purpose = "add", .user_id = caller.user_id}));
    asking.credential_ids = ids_of(keys);
    asking.name = account->email.empty() ? account->display_name : account->email;
    asking.display_name = account->display_name;
    return asking;
  });
}

Result<std::string> SecurityKeys::add(Context& context, const Caller& caller, const Origin& origin,
                                      const security_key::Registration& registration,
                                      const std::string& nickname) const {
  BUSFLOW_CHECK(check_elevation(*services_, context, caller));
  return services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<std::string> {
    Question question;
    BUSFLOW_TRY(auto credential, registered(context, transaction, "add", registration, question));
    if (question.user_id != caller.user_id) return fail(ErrorName::kInvalidSecurityKeyProof);
    return keep(context, transaction, origin, caller.user_id, nickname, std::move(credential));
  });
}

Result<std::vector<SecurityKey>> SecurityKeys::list(Context& context, const Caller& caller) const {
  return services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) {
    return security_keys_of(transaction, caller.user_id);
  });
}

Result<void> SecurityKeys::remove(Context& context, const Caller& caller, const Origin& origin,
                                  const std::string& id) const {
  BUSFLOW_CHECK(check_elevation(*services_, context, caller));
  return services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<void> {
    const bool was_there = Uuid::parse(id) && delete_security_key(transaction, caller.user_id, id).value_or(false);
    if (!was_there) return fail(ErrorName::kNotFound, "There is no such security key.");
    return record_security_event(transaction, context.identifiers.next().to_string(), caller.user_id,
                                 "security-key-removed", origin.remote_address, context.clock.now());
  });
}

Result<SecurityKeys::Asking> SecurityKeys::ask_elevation(Context& context, const Caller& caller) const {
  return services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<Asking> {
    BUSFLOW_TRY(const auto keys, security_keys_of(transaction, caller.user_id));
    if (keys.empty()) return fail(ErrorName::kInvalidSecurityKey, "The account has no security key.");
    BUSFLOW_TRY(auto asking, ask(context, transaction, {.purpose = "elevate", .user_id = caller.user_id}));
    asking.credential_ids = ids_of(keys);
    return asking;
  });
}

Result<SignedIn> SecurityKeys::elevate(Context& context, const Caller& caller, const Origin& origin,
                                       const std::string& credential_id,
                                       const security_key::Assertion& assertion) const {
  BUSFLOW_CHECK(admit(*services_, context, limits::sign_in_by_address(services_->options), origin.remote_address));
  return services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<SignedIn> {
    BUSFLOW_TRY(const auto here, answered(context, transaction, "elevate", credential_id, assertion));
    if (here.key.user_id != caller.user_id) return fail(ErrorName::kInvalidSecurityKey);
    BUSFLOW_TRY(const auto account, find_member(transaction, caller.user_id, caller.tenant_id));
    if (!account || account->is_disabled) return fail(ErrorName::kUserDisabled);
    return start_elevated_session(*services_, context, transaction, *account, origin);
  });
}

Result<void> check_elevation(const Services& services, Context& context, const Caller& caller) {
  if (caller.is_elevated) return {};
  BUSFLOW_TRY(const auto keys, services.pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) {
    return security_keys_of(transaction, caller.user_id);
  }));
  return keys.empty() ? Result<void>() : fail(ErrorName::kElevationRequired);
}

}  // namespace busflow::identity
