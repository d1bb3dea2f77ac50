#include "usecases/sign_up.hpp"

#include <algorithm>

#include "messages.hpp"
#include "storage/account_storage.hpp"
#include "storage/user_storage.hpp"

namespace busflow::identity {
namespace {

constexpr std::size_t kLongestEmail = 254;  // RFC 5321, section 4.5.3.1.3

/// Somebody gave an address that has an account: only its owner may learn that, by mail.
Result<void> tell_owner(const Services& services, Context& context, postgres::Transaction& transaction,
                        const std::string& email, const std::string& redirect) {
  BUSFLOW_TRY(const auto owner, find_account(transaction, email));
  if (!owner || owner->is_disabled) return {};
  return send_ticket(services, context, transaction, *owner, TicketPurpose::kPasswordReset, "account-exists", redirect);
}

}  // namespace

Result<void> admit_sign_up(const Services& services, const Context& context, const Origin& origin) {
  if (!services.options.is_sign_up_open) return fail(ErrorName::kSignUpDisabled);
  return admit(services, context, limits::sign_up(services.options), origin.remote_address);
}

Result<void> check_email(const std::string& email) {
  const auto at = email.rfind('@');
  const bool has_parts = at != std::string::npos && at > 0 && at + 1 < email.size();
  const bool is_plain = std::ranges::none_of(
      email, [](unsigned char c) { return c <= ' ' || c == 0x7f || c == ',' || c == '<' || c == '>'; });
  if (has_parts && is_plain && email.size() <= kLongestEmail) return {};
  return fail(ErrorName::kValidationFailed, "this is no e-mail address", "$.email");
}

Result<void> check_locale(const std::string& locale) {
  const bool is_word = std::ranges::all_of(locale, [](char c) { return c >= 'a' && c <= 'z'; });
  if (is_word && (locale.size() == 2 || locale.size() == 3)) return {};
  return fail(ErrorName::kLocaleNotAllowed);
}

Account new_account(Context& context, const std::string& email, const NewUser& about) {
  Account account;
  account.user_id = context.identifiers.next().to_string();
  account.email = email;
  account.display_name = about.display_name.empty() ? email : about.display_name;
  account.locale = about.locale;
  account.metadata = about.metadata;
  account.created_at = to_rfc3339(context.clock.now());
  account.default_role = kUserRole;
  account.allowed_roles = {std::string(kUserRole)};
  return account;
}

Result<bool> insert_or_tell_owner(const Services& services, Context& context, postgres::Transaction& transaction,
                                  const Account& account, const std::string& redirect) {
  BUSFLOW_TRY(const bool is_new, insert_user(transaction, account, context.clock.now()));
  if (is_new) return true;
  if (!services.options.needs_verified_email) return fail(ErrorName::kEmailInUse);
  BUSFLOW_CHECK(tell_owner(services, context, transaction, account.email, redirect));
  return false;
}

Result<std::optional<SignedIn>> welcome(const Services& services, Context& context, postgres::Transaction& transaction,
                                        const Account& account, const Origin& origin, const std::string& redirect) {
  if (services.options.needs_verified_email) {
    BUSFLOW_CHECK(
        send_ticket(services, context, transaction, account, TicketPurpose::kVerifyEmail, "verify-email", redirect));
    return std::nullopt;
  }
  BUSFLOW_TRY(auto session, start_session(services, context, transaction, account, origin));
  return session;
}

Result<std::optional<SignedIn>> SignUp::with_password(Context& context, const Origin& origin, const std::string& email,
                                                      const std::string& password, const NewUser& about) const {
  BUSFLOW_CHECK(admit_sign_up(*services_, context, origin));
  BUSFLOW_CHECK(check_email(email));
  BUSFLOW_CHECK(check_locale(about.locale));
  BUSFLOW_CHECK(check_password(*services_, password));
  BUSFLOW_TRY(const auto redirect, allowed_redirect(*services_, about.redirect_to));
  Account account = new_account(context, email, about);
  account.password_hash = crypto::hash_password(password, services_->options.password_cost);
  if (services_->options.needs_verified_email) BUSFLOW_CHECK(admit_message(*services_, context, email, origin));
  return services_->pool.transact(
      context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<std::optional<SignedIn>> {
        BUSFLOW_TRY(const bool is_new, insert_or_tell_owner(*services_, context, transaction, account, redirect));
        if (!is_new) return std::nullopt;
        return welcome(*services_, context, transaction, account, origin, redirect);
      });
}

Result<SignedIn> SignUp::anonymous(Context& context, const Origin& origin, const NewUser& about) const {
  BUSFLOW_CHECK(admit_sign_up(*services_, context, origin));
  BUSFLOW_CHECK(check_locale(about.locale));
  Account account = new_account(context, "", about);
  if (account.display_name.empty()) account.display_name = "Anonymous";
  account.is_anonymous = true;
  account.default_role = kAnonymousRole;
  account.allowed_roles = {std::string(kAnonymousRole)};
  return services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<SignedIn> {
    BUSFLOW_CHECK(insert_user(transaction, account, context.clock.now()));
    return start_session(*services_, context, transaction, account, origin);
  });
}

Result<void> SignUp::deanonymize(Context& context, const Caller& caller, const Origin& origin, const std::string& email,
                                 const std::optional<std::string>& password, const NewUser& about) const {
  if (!caller.is_anonymous) return fail(ErrorName::kUserNotAnonymous);
  BUSFLOW_CHECK(check_email(email));
  BUSFLOW_TRY(const auto redirect, allowed_redirect(*services_, about.redirect_to));
  std::optional<std::string> hash;
  if (password) {
    BUSFLOW_CHECK(check_password(*services_, *password));
    hash = crypto::hash_password(*password, services_->options.password_cost);
  }
  BUSFLOW_CHECK(admit_message(*services_, context, email, origin));
  return services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_TRY(const bool changed, identity::deanonymize(transaction, caller.user_id, email, hash));
    if (!changed) return tell_owner(*services_, context, transaction, email, redirect);
    // The role of the tokens that are out is no longer the user's.
    BUSFLOW_CHECK(end_sessions(transaction, caller.user_id, "", false, context.clock.now()));
    BUSFLOW_TRY(const auto account, find_account_by_id(transaction, caller.user_id));
    if (!account) return fail(ErrorName::kInvalidToken);
    const auto purpose = password ? TicketPurpose::kVerifyEmail : TicketPurpose::kPasswordlessEmail;
    return send_ticket(*services_, context, transaction, *account, purpose, password ? "verify-email" : "sign-in-link",
                       redirect);
  });
}

Result<void> SignUp::send_verification(Context& context, const Origin& origin, const std::string& email,
                                       const std::string& redirect_to) const {
  const EvenTime even(*services_, context);
  BUSFLOW_CHECK(check_email(email));
  BUSFLOW_TRY(const auto redirect, allowed_redirect(*services_, redirect_to));
  BUSFLOW_CHECK(admit_message(*services_, context, email, origin));
  return services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_TRY(const auto account, find_account(transaction, email));
    if (!account || account->is_disabled || account->email_verified) return {};
    return send_ticket(*services_, context, transaction, *account, TicketPurpose::kVerifyEmail, "verify-email",
                       redirect);
  });
}

Result<void> SignUp::change_email(Context& context, const Caller& caller, const Origin& origin,
                                  const std::string& new_email, const std::string& redirect_to) const {
  const EvenTime even(*services_, context);
  if (caller.is_anonymous) return fail(ErrorName::kAnonymousForbidden);
  BUSFLOW_CHECK(check_email(new_email));
  BUSFLOW_TRY(const auto redirect, allowed_redirect(*services_, redirect_to));
  BUSFLOW_CHECK(admit_message(*services_, context, new_email, origin));
  return services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_TRY(const auto account, find_member(transaction, caller.user_id, caller.tenant_id));
    if (!account) return fail(ErrorName::kInvalidToken);
    BUSFLOW_CHECK(set_new_email(transaction, caller.user_id, new_email));
    // An address that is another's is told nothing: the answer must not say whose addresses we know.
    BUSFLOW_TRY(const auto other, find_account(transaction, new_email));
    if (other) return {};
    return send_ticket(*services_, context, transaction, *account, TicketPurpose::kEmailConfirmChange, "change-email",
                       redirect, new_email);
  });
}

}  // namespace busflow::identity
