#include "usecases/provider_accounts.hpp"

#include <optional>

#include "storage/account_storage.hpp"
#include "storage/provider_storage.hpp"
#include "storage/refresh_token_storage.hpp"
#include "storage/user_storage.hpp"

namespace busflow::identity {
namespace {

/// The account of an address that the provider vouches for.
Result<std::optional<Account>> by_address(Context& context, postgres::Transaction& transaction, const Origin& origin,
                                          const openid::Profile& profile) {
  if (!profile.email_verified || profile.email.empty()) return std::nullopt;
  BUSFLOW_TRY(auto account, find_account(transaction, profile.email));
  if (!account || account->email_verified) return account;
  // Whoever made it never proved the address, and must not share it with its owner.
  BUSFLOW_CHECK(forget_proofs(transaction, account->user_id));
  BUSFLOW_CHECK(set_email_verified(transaction, account->user_id));
  BUSFLOW_CHECK(end_sessions(transaction, account->user_id, "", true, context.clock.now()));
  BUSFLOW_CHECK(record_security_event(transaction, context.identifiers.next().to_string(), account->user_id,
                                      "unproven-account-taken-over", origin.remote_address, context.clock.now()));
  return find_account(transaction, profile.email);
}

Account to_account(Context& context, const openid::Profile& profile, const NewUser& about) {
  NewUser said = about;
  if (said.display_name.empty()) said.display_name = profile.display_name;
  const auto language = profile.locale.substr(0, profile.locale.find_first_of("-_"));
  if (check_locale(language)) said.locale = language;
  Account account = new_account(context, profile.email_verified ? profile.email : "", said);
  account.email_verified = profile.email_verified && !profile.email.empty();
  account.avatar_url = profile.avatar_url;
  if (account.display_name.empty()) account.display_name = profile.subject;
  return account;
}

}  // namespace

Result<void> link_profile(Context& context, postgres::Transaction& transaction, const Origin& origin,
                          const std::string& provider, const openid::Profile& profile, const std::string& user_id) {
  BUSFLOW_TRY(const bool is_tied,
              link_provider(transaction, provider, profile.subject, user_id, profile.email, context.clock.now()));
  if (!is_tied) return fail(ErrorName::kConflict, "This account belongs to another user.");
  return record_security_event(transaction, context.identifiers.next().to_string(), user_id, "provider-linked",
                               origin.remote_address, context.clock.now());
}

Result<Account> account_of_profile(const Services& services, Context& context, postgres::Transaction& transaction,
                                   const Origin& origin, const std::string& provider, const openid::Profile& profile,
                                   const NewUser& about) {
  BUSFLOW_TRY(const auto user_id, user_of_provider(transaction, provider, profile.subject));
  if (!user_id.empty()) {
    BUSFLOW_TRY(auto account, find_account_by_id(transaction, user_id));
    if (!account) return fail(ErrorName::kUserDisabled);
    return *std::move(account);
  }
  BUSFLOW_TRY(auto account, by_address(context, transaction, origin, profile));
  if (account && account->is_disabled) return fail(ErrorName::kUserDisabled);
  if (!account) {
    BUSFLOW_CHECK(admit_sign_up(services, context, origin));
    account = to_account(context, profile, about);
    BUSFLOW_TRY(const bool is_new, insert_user(transaction, *account, context.clock.now()));
    if (!is_new) return fail(ErrorName::kConcurrentUpdate);
  }
  BUSFLOW_CHECK(link_profile(context, transaction, origin, provider, profile, account->user_id));
  return *std::move(account);
}

}  // namespace busflow::identity
