#include "usecases/send_message.hpp"

#include <platform/base/session.hpp>
#include <platform/outbox/outbox.hpp>

#include "storage/message_storage.hpp"
#include "templates.hpp"

namespace busflow::communications {
namespace {

const postgres::TransactionOptions kTransaction{.database_role = "busflow_communications"};

}  // namespace

Result<void> send_message(Context& context, postgres::Pool& pool, const MessageRequested& request) {
  BUSFLOW_TRY(auto words, render(request.template_, request.channel, request.locale, request.variables));
  const bool has_tenant = request.tenant_id != Uuid();
  Context as_tenant = has_tenant ? context.for_tenant(request.tenant_id.to_string()) : context;
  const Message message{.id = request.event_id.to_string(),
                        .tenant_id = has_tenant ? request.tenant_id.to_string() : "",
                        .channel = request.channel,
                        .recipient = request.recipient,
                        .template_ = request.template_,
                        .locale = std::move(words.locale),
                        .subject = std::move(words.subject),
                        .body = std::move(words.body),
                        .created_at = to_rfc3339(context.clock.now())};
  return pool.transact(as_tenant, kTransaction, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_TRY(const bool first_time, outbox::claim(transaction, "communications", request.event_id, kSendMessage));
    return first_time ? insert_message(transaction, message) : Result<void>();
  });
}

}  // namespace busflow::communications
