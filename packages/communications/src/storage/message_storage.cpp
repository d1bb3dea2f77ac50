#include "storage/message_storage.hpp"

namespace busflow::communications {
namespace {

constexpr postgres::Statement kInsert{
    "communications.insert_message",
    "insert into communications.messages"
    "    (id, tenant_id, channel, recipient, template, locale, subject, body, created_at)"
    "  values ($1, nullif($2, '')::uuid, $3, $4, $5, $6, $7, $8, $9)"};
constexpr postgres::Statement kNewest{
    "communications.newest_messages",
    "select id, coalesce(tenant_id::text, '') as tenant_id, channel, recipient, template, locale, subject, body,"
    "    to_char(created_at at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') as created_at"
    "  from communications.messages where $1 = '' or lower(recipient) = lower($1)"
    "  order by communications.messages.created_at desc, id desc limit $2::integer"};

}  // namespace

Result<void> insert_message(postgres::Transaction& transaction, const Message& message) {
  BUSFLOW_CHECK(transaction.execute(
      kInsert, {message.id, message.tenant_id, message.channel, message.recipient, message.template_, message.locale,
                message.subject, message.body, message.created_at}));
  return {};
}

Result<std::vector<Message>> newest_messages(postgres::Transaction& transaction, const std::string& recipient,
                                             std::size_t count) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kNewest, {recipient, std::to_string(count)}));
  std::vector<Message> messages;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto field = [&](std::string_view name) { return std::string(rows.text(row, name)); };
    messages.push_back({.id = field("id"),
                        .tenant_id = field("tenant_id"),
                        .channel = field("channel"),
                        .recipient = field("recipient"),
                        .template_ = field("template"),
                        .locale = field("locale"),
                        .subject = field("subject"),
                        .body = field("body"),
                        .created_at = field("created_at")});
  }
  return messages;
}

}  // namespace busflow::communications
