#include "messages.hpp"

#include <platform/base/identifier.hpp>
#include <platform/json/json.hpp>
#include <platform/outbox/outbox.hpp>
#include <platform/web_address/web_address.hpp>

#include <communications/message_requested.hpp>

namespace busflow::identity {
namespace {

using communications::MessageRequested;

/// Long enough to read one's mail the day after; a password's link is short, because it is as good as the password.
std::chrono::seconds lifetime_of(TicketPurpose purpose) {
  switch (purpose) {
    case TicketPurpose::kVerifyEmail: return std::chrono::days(30);
    case TicketPurpose::kEmailConfirmChange:
    case TicketPurpose::kPasswordlessEmail:
    case TicketPurpose::kPasswordReset: return std::chrono::hours(1);
    case TicketPurpose::kMfaTotp: return std::chrono::minutes(5);
  }
  return std::chrono::seconds(0);
}

std::string_view type_of(TicketPurpose purpose) {
  switch (purpose) {
    case TicketPurpose::kVerifyEmail: return "emailVerify";
    case TicketPurpose::kPasswordlessEmail: return "signinPasswordless";
    case TicketPurpose::kEmailConfirmChange: return "emailConfirmChange";
    case TicketPurpose::kPasswordReset: return "passwordReset";
    case TicketPurpose::kMfaTotp: break;
  }
  return "";
}

Result<void> request(Context& context, postgres::Transaction& transaction, const Account& account,
                     std::string_view channel, const std::string& recipient, std::string_view template_name,
                     std::map<std::string, std::string> variables) {
  variables.emplace("display_name", account.display_name);
  const MessageRequested message{.event_id = context.identifiers.next(),
                                 .tenant_id = Uuid::parse(account.tenant_id).value_or(Uuid()),
                                 .channel = std::string(channel),
                                 .recipient = recipient,
                                 .template_ = std::string(template_name),
                                 .locale = account.locale,
                                 .variables = std::move(variables)};
  return outbox::publish(context, transaction, message_requested(),
                         {.id = message.event_id,
                          .name = std::string(MessageRequested::kName),
                          .tenant_id = message.tenant_id,
                          .payload = communications::to_payload<json::Object>(message),
                          .traceparent = context.trace.to_traceparent()});
}

}  // namespace

const EventType& message_requested() {
  static const EventType type = communications::message_requested_by("identity");
  return type;
}

Result<void> send_email(Context& context, postgres::Transaction& transaction, const Account& account,
                        std::string_view template_name, std::map<std::string, std::string> variables,
                        const std::string& recipient) {
  return request(context, transaction, account, "EMAIL", recipient.empty() ? account.email : recipient, template_name,
                 std::move(variables));
}

Result<void> send_sms(Context& context, postgres::Transaction& transaction, const Account& account,
                      std::string_view template_name, std::map<std::string, std::string> variables) {
  return request(context, transaction, account, "SMS", account.phone_number, template_name, std::move(variables));
}

Result<void> send_ticket(const Services& services, Context& context, postgres::Transaction& transaction,
                         const Account& account, TicketPurpose purpose, std::string_view template_name,
                         const std::string& redirect_to, const std::string& recipient,
                         std::map<std::string, std::string> variables) {
  BUSFLOW_TRY(const auto ticket,
              issue_ticket(transaction, account.user_id, purpose, context.clock.now(), lifetime_of(purpose)));
  variables["ticket"] = ticket;
  variables["link"] = web_address::with_parameters(
      services.options.server_url + "/verify",
      {{"ticket", ticket}, {"type", std::string(type_of(purpose))}, {"redirectTo", redirect_to}});
  return send_email(context, transaction, account, template_name, std::move(variables), recipient);
}

}  // namespace busflow::identity
