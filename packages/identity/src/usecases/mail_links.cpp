#include "usecases/mail_links.hpp"

#include <platform/web_address/web_address.hpp>

#include "storage/account_storage.hpp"
#include "storage/ticket_storage.hpp"
#include "storage/user_storage.hpp"
#include "usecases/landing.hpp"
#include "usecases/sessions.hpp"

namespace busflow::identity {
namespace {

Result<void> apply(postgres::Transaction& transaction, TicketPurpose purpose, const std::string& user_id) {
  if (purpose == TicketPurpose::kEmailConfirmChange) {
    BUSFLOW_TRY(const bool changed, confirm_new_email(transaction, user_id));
    return changed ? Result<void>() : fail(ErrorName::kInvalidTicket);
  }
  // Whoever followed a link read the mail.
  return set_email_verified(transaction, user_id);
}

}  // namespace

Result<std::string> MailLinks::follow(Context& context, const Origin& origin, const std::string& ticket,
                                      const std::string& type, const std::string& redirect_to) const {
  BUSFLOW_TRY(const auto redirect, allowed_redirect(*services_, redirect_to));
  const auto purpose = purpose_of(ticket);
  if (!purpose || *purpose == TicketPurpose::kMfaTotp) return fail(ErrorName::kInvalidTicket);
  return services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<std::string> {
    // A password's ticket of an account with a second factor is used up by the new password.
    BUSFLOW_TRY(const auto user_id, find_ticket(transaction, ticket, context.clock.now()));
    if (!user_id) return fail(ErrorName::kInvalidTicket);
    BUSFLOW_TRY(const auto before, find_account_by_id(transaction, *user_id));
    if (!before || before->is_disabled) return fail(ErrorName::kInvalidTicket);
    if (*purpose == TicketPurpose::kPasswordReset && before->needs_second_factor())
      return web_address::with_parameters(redirect, {{"ticket", ticket}, {"type", type}});
    BUSFLOW_CHECK(take_ticket(transaction, ticket, context.clock.now()));
    BUSFLOW_CHECK(apply(transaction, *purpose, *user_id));
    BUSFLOW_TRY(const auto account, find_account_by_id(transaction, *user_id));
    if (!account) return fail(ErrorName::kInvalidTicket);
    BUSFLOW_TRY(const auto outcome, enter(*services_, context, transaction, *account, origin));
    return landing_address(redirect, type, outcome);
  });
}

}  // namespace busflow::identity
