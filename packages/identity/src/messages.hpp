#pragma once

#include <map>
#include <string>
#include <string_view>

#include <platform/base/context.hpp>
#include <platform/base/event_type.hpp>
#include <platform/base/result.hpp>
#include <platform/postgres/transaction.hpp>

#include "domain/account.hpp"
#include "services.hpp"
#include "storage/ticket_storage.hpp"

namespace busflow::identity {

/// The event by which identity asks for messages.
const EventType& message_requested();

/// Asks for an e-mail to the account's address, or to `recipient` if given; sent if the transaction commits.
Result<void> send_email(Context& context, postgres::Transaction& transaction, const Account& account,
                        std::string_view template_name, std::map<std::string, std::string> variables,
                        const std::string& recipient = {});
Result<void> send_sms(Context& context, postgres::Transaction& transaction, const Account& account,
                      std::string_view template_name, std::map<std::string, std::string> variables);

/// The same with a link that carries a new ticket and leads to `redirect_to`.
Result<void> send_ticket(const Services& services, Context& context, postgres::Transaction& transaction,
                         const Account& account, TicketPurpose purpose, std::string_view template_name,
                         const std::string& redirect_to, const std::string& recipient = {},
                         std::map<std::string, std::string> variables = {});

}  // namespace busflow::identity
