#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/postgres/transaction.hpp>

namespace busflow::identity {

/// What a ticket is for; also the part of it before the colon, as in Nhost Auth.
enum class TicketPurpose { kVerifyEmail, kPasswordlessEmail, kPasswordReset, kEmailConfirmChange, kMfaTotp };

std::string_view to_text(TicketPurpose purpose);
/// Of "passwordReset:…"; nothing when it is none.
std::optional<TicketPurpose> purpose_of(std::string_view ticket);

/// Makes a ticket for the user and forgets the one they had for the same purpose.
Result<std::string> issue_ticket(postgres::Transaction& transaction, const std::string& user_id, TicketPurpose purpose,
                                 WallTime now, std::chrono::seconds lifetime);
/// The user it is for; nothing when it is unknown, used or expired. Locks it until the transaction ends.
Result<std::optional<std::string>> find_ticket(postgres::Transaction& transaction, const std::string& ticket,
                                               WallTime now);
/// The same, and uses it up.
Result<std::optional<std::string>> take_ticket(postgres::Transaction& transaction, const std::string& ticket,
                                               WallTime now);

enum class CodeChannel { kEmail, kSms };
/// A code of six digits to type in, in place of the one they had for the channel.
Result<std::string> issue_code(postgres::Transaction& transaction, const std::string& user_id, CodeChannel channel,
                               WallTime expires_at);
/// Whether it is the code; then it is used up. Each wrong guess is counted, and after five the code is worth nothing:
/// commit also when it is wrong.
Result<bool> take_code(postgres::Transaction& transaction, const std::string& user_id, CodeChannel channel,
                       const std::string& code, WallTime now);

}  // namespace busflow::identity
