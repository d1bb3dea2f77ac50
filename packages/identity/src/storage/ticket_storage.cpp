#include "storage/ticket_storage.hpp"

#include <array>
#include <utility>

#include <platform/crypto/digest.hpp>
#include <platform/crypto/random.hpp>

namespace busflow::identity {
namespace {

constexpr std::size_t kTicketBytes = 24;
constexpr std::size_t kCodeDigits = 6;

constexpr std::array kPurposes = {
    std::pair{TicketPurpose::kVerifyEmail, std::string_view("verifyEmail")},
    std::pair{TicketPurpose::kPasswordlessEmail, std::string_view("passwordlessEmail")},
    std::pair{TicketPurpose::kPasswordReset, std::string_view("passwordReset")},
    std::pair{TicketPurpose::kEmailConfirmChange, std::string_view("emailConfirmChange")},
    std::pair{TicketPurpose::kMfaTotp, std::string_view("mfaTotp")},
};

constexpr postgres::Statement kForget{
    "identity.forget_tickets", "delete from identity.tickets where (user_id = $1 and purpose = $2) or expires_at < $3"};
constexpr postgres::Statement kInsert{
    "identity.insert_ticket",
    "insert into identity.tickets (ticket_hash, user_id, purpose, expires_at) values ($1, $2, $3, $4)"};
constexpr postgres::Statement kTake{"identity.take_ticket",
                                    "delete from identity.tickets where ticket_hash = $1 and expires_at > $2"
                                    "  returning user_id"};
constexpr postgres::Statement kFind{
    "identity.find_ticket",
    "select user_id from identity.tickets where ticket_hash = $1 and expires_at > $2 for update"};
constexpr postgres::Statement kInsertCode{
    "identity.insert_code",
    "insert into identity.one_time_codes (user_id, channel, code_hash, expires_at) values ($1, $2, $3, $4)"
    "  on conflict (user_id, channel) do update"
    "  set code_hash = excluded.code_hash, expires_at = excluded.expires_at, attempts = 0"};
constexpr postgres::Statement kCountGuess{
    "identity.count_guess",
    "update identity.one_time_codes set attempts = attempts + 1"
    "  where user_id = $1 and channel = $2 and expires_at > $3 and attempts < 5 returning code_hash"};
constexpr postgres::Statement kDeleteCode{"identity.delete_code",
                                          "delete from identity.one_time_codes where user_id = $1 and channel = $2"};

std::string name(CodeChannel channel) { return channel == CodeChannel::kEmail ? "EMAIL" : "SMS"; }

/// Six digits can be tried out offline, so the user's id makes the table of all codes useless for the next user.
std::string code_hash(const std::string& user_id, const std::string& code) {
  return crypto::sha256_hex(user_id + " " + code);
}

Result<std::optional<std::string>> owner(postgres::Transaction& transaction, const postgres::Statement& statement,
                                         const std::string& ticket, WallTime now) {
  BUSFLOW_TRY(const auto rows, transaction.execute(statement, {crypto::sha256_hex(ticket), to_rfc3339(now)}));
  if (rows.empty()) return std::nullopt;
  return std::string(rows.text(0, "user_id"));
}

}  // namespace

std::string_view to_text(TicketPurpose purpose) { return kPurposes[std::to_underlying(purpose)].second; }

std::optional<TicketPurpose> purpose_of(std::string_view ticket) {
  const auto prefix = ticket.substr(0, ticket.find(':'));
  for (const auto& [purpose, text] : kPurposes) {
    if (prefix == text && ticket.size() > text.size()) return purpose;
  }
  return std::nullopt;
}

Result<std::string> issue_ticket(postgres::Transaction& transaction, const std::string& user_id, TicketPurpose purpose,
                                 WallTime now, std::chrono::seconds lifetime) {
  const std::string text(to_text(purpose));
  std::string ticket = text + ":" + crypto::random_hex(kTicketBytes);
  BUSFLOW_CHECK(transaction.execute(kForget, {user_id, text, to_rfc3339(now)}));
  BUSFLOW_CHECK(transaction.execute(kInsert, {crypto::sha256_hex(ticket), user_id, text, to_rfc3339(now + lifetime)}));
  return ticket;
}

Result<std::optional<std::string>> find_ticket(postgres::Transaction& transaction, const std::string& ticket,
                                               WallTime now) {
  return owner(transaction, kFind, ticket, now);
}

Result<std::optional<std::string>> take_ticket(postgres::Transaction& transaction, const std::string& ticket,
                                               WallTime now) {
  return owner(transaction, kTake, ticket, now);
}

Result<std::string> issue_code(postgres::Transaction& transaction, const std::string& user_id, CodeChannel channel,
                               WallTime expires_at) {
  std::string code = crypto::random_digits(kCodeDigits);
  BUSFLOW_CHECK(
      transaction.execute(kInsertCode, {user_id, name(channel), code_hash(user_id, code), to_rfc3339(expires_at)}));
  return code;
}

Result<bool> take_code(postgres::Transaction& transaction, const std::string& user_id, CodeChannel channel,
                       const std::string& code, WallTime now) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kCountGuess, {user_id, name(channel), to_rfc3339(now)}));
  if (rows.empty()) return false;
  if (!crypto::equal_in_constant_time(code_hash(user_id, code), rows.text(0, "code_hash"))) return false;
  BUSFLOW_CHECK(transaction.execute(kDeleteCode, {user_id, name(channel)}));
  return true;
}

}  // namespace busflow::identity
