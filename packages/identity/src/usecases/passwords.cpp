#include "usecases/passwords.hpp"

#include "messages.hpp"
#include "storage/account_storage.hpp"
#include "storage/refresh_token_storage.hpp"
#include "storage/ticket_storage.hpp"
#include "storage/user_storage.hpp"
#include "usecases/sign_up.hpp"

namespace busflow::identity {

Result<void> Passwords::send_reset(Context& context, const Origin& origin, const std::string& email,
                                   const std::string& redirect_to) const {
  const EvenTime even(*services_, context);
  BUSFLOW_CHECK(check_email(email));
  BUSFLOW_TRY(const auto redirect, allowed_redirect(*services_, redirect_to));
  BUSFLOW_CHECK(admit_message(*services_, context, email, origin));
  return services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_TRY(const auto account, find_account(transaction, email));
    if (!account || account->is_disabled) return {};
    return send_ticket(*services_, context, transaction, *account, TicketPurpose::kPasswordReset, "password-reset",
                       redirect);
  });
}

Result<void> Passwords::replace(Context& context, postgres::Transaction& transaction, const std::string& user_id,
                                const std::string& hash, const std::string& but_session_id,
                                const Origin& origin) const {
  BUSFLOW_CHECK(set_password_hash(transaction, user_id, hash));
  BUSFLOW_CHECK(end_sessions(transaction, user_id, but_session_id, true, context.clock.now()));
  BUSFLOW_CHECK(record_security_event(transaction, context.identifiers.next().to_string(), user_id, "password-changed",
                                      origin.remote_address, context.clock.now()));
  BUSFLOW_TRY(const auto account, find_account_by_id(transaction, user_id));
  if (!account || account->email.empty()) return {};
  return send_email(context, transaction, *account, "password-changed", {{"link", services_->redirects.client_url()}});
}

Result<void> Passwords::change(Context& context, const Caller& caller, const Origin& origin,
                               const std::string& password) const {
  if (caller.is_anonymous) return fail(ErrorName::kAnonymousForbidden);
  BUSFLOW_CHECK(check_password(*services_, password));
  const auto hash = crypto::hash_password(password, services_->options.password_cost);
  return services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) {
    return replace(context, transaction, caller.user_id, hash, caller.session_id, origin);
  });
}

Result<void> Passwords::change_with_ticket(Context& context, const Origin& origin, const std::string& ticket,
                                           const std::string& password) const {
  BUSFLOW_CHECK(check_password(*services_, password));
  if (purpose_of(ticket) != TicketPurpose::kPasswordReset) return fail(ErrorName::kInvalidTicket);
  // Whoever has no ticket must not keep us busy with hashes.
  BUSFLOW_CHECK(admit(*services_, context, limits::sign_in_by_address(services_->options), origin.remote_address));
  const auto hash = crypto::hash_password(password, services_->options.password_cost);
  return services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_TRY(const auto user_id, take_ticket(transaction, ticket, context.clock.now()));
    if (!user_id) return fail(ErrorName::kInvalidTicket);
    BUSFLOW_CHECK(set_email_verified(transaction, *user_id));
    return replace(context, transaction, *user_id, hash, "", origin);
  });
}

}  // namespace busflow::identity
