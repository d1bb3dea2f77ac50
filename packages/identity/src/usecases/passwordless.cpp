#include "usecases/passwordless.hpp"

#include <algorithm>
#include <functional>

#include "messages.hpp"
#include "storage/account_storage.hpp"
#include "storage/ticket_storage.hpp"
#include "storage/user_storage.hpp"

namespace busflow::identity {
namespace {

constexpr std::chrono::minutes kCodeLifetime{5};

using Find = std::function<Result<std::optional<Account>>(postgres::Transaction&)>;

Find by_email(const std::string& email) {
  return [&email](postgres::Transaction& transaction) { return find_account(transaction, email); };
}

Find by_phone(const std::string& number) {
  return [&number](postgres::Transaction& transaction) { return find_account_by_phone(transaction, number); };
}

/// E.164 (ITU-T): a plus and up to fifteen digits.
Result<void> check_phone_number(const std::string& number) {
  const bool has_digits = std::ranges::all_of(number.begin() + (number.empty() ? 0 : 1), number.end(),
                                              [](char c) { return c >= '0' && c <= '9'; });
  if (number.starts_with('+') && has_digits && number.size() >= 8 && number.size() <= 16 && number[1] != '0') return {};
  return fail(ErrorName::kValidationFailed, "expected a number such as +4915112345678", "$.phoneNumber");
}

/// The account; a new one where signing up is open; nothing where it is not, or where the account is disabled.
Result<std::optional<Account>> find_or_make(const Services& services, Context& context,
                                            postgres::Transaction& transaction, const Find& find, Account candidate) {
  BUSFLOW_TRY(auto account, find(transaction));
  if (account && account->is_disabled) return std::nullopt;
  if (account || !services.options.is_sign_up_open) return account;
  BUSFLOW_CHECK(insert_user(transaction, candidate, context.clock.now()));
  return candidate;
}

using Send = std::function<Result<void>(postgres::Transaction&, const Account&)>;

Result<void> send(const Services& services, Context& context, const Find& find, const Account& candidate,
                  const Send& sending) {
  return services.pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_TRY(const auto account, find_or_make(services, context, transaction, find, candidate));
    return account ? sending(transaction, *account) : Result<void>();
  });
}

using Proven = Result<void> (*)(postgres::Transaction&, const std::string& user_id);

Result<SignInOutcome> enter_code(const Services& services, Context& context, const Origin& origin,
                                 const std::string& name, const Find& find, CodeChannel channel,
                                 const std::string& code, Proven prove) {
  BUSFLOW_CHECK(admit_attempt(services, context, name, origin));
  // A wrong guess is counted in the database, so it must commit.
  auto outcome = services.pool.transact(
      context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<std::optional<SignInOutcome>> {
        BUSFLOW_TRY(const auto account, find(transaction));
        if (!account || account->is_disabled) return std::nullopt;
        BUSFLOW_TRY(const bool right, take_code(transaction, account->user_id, channel, code, context.clock.now()));
        if (!right) return std::nullopt;
        BUSFLOW_CHECK(prove(transaction, account->user_id));
        BUSFLOW_TRY(const auto proven, find_account_by_id(transaction, account->user_id));
        if (!proven) return std::nullopt;
        BUSFLOW_TRY(auto entered, enter(services, context, transaction, *proven, origin));
        return entered;
      });
  if (!outcome) return std::unexpected(outcome.error());
  std::optional<SignInOutcome>& entered = *outcome;
  if (!entered) return fail(ErrorName::kInvalidOneTimePassword);
  forget_attempts(services, context, name, origin);
  return *std::move(entered);
}

Account with_phone_number(Account account, const std::string& number) {
  account.phone_number = number;
  if (account.display_name.empty()) account.display_name = number;
  return account;
}

}  // namespace

Result<void> Passwordless::send_link(Context& context, const Origin& origin, const std::string& email,
                                     const NewUser& about) const {
  const EvenTime even(*services_, context);
  BUSFLOW_CHECK(check_email(email));
  BUSFLOW_CHECK(check_locale(about.locale));
  BUSFLOW_TRY(const auto redirect, allowed_redirect(*services_, about.redirect_to));
  BUSFLOW_CHECK(admit_message(*services_, context, email, origin));
  return send(*services_, context, by_email(email), new_account(context, email, about),
              [&](postgres::Transaction& transaction, const Account& account) {
                return send_ticket(*services_, context, transaction, account, TicketPurpose::kPasswordlessEmail,
                                   "sign-in-link", redirect);
              });
}

Result<void> Passwordless::send_email_code(Context& context, const Origin& origin, const std::string& email,
                                           const NewUser& about) const {
  const EvenTime even(*services_, context);
  BUSFLOW_CHECK(check_email(email));
  BUSFLOW_CHECK(check_locale(about.locale));
  BUSFLOW_CHECK(admit_message(*services_, context, email, origin));
  return send(*services_, context, by_email(email), new_account(context, email, about),
              [&](postgres::Transaction& transaction, const Account& account) -> Result<void> {
                BUSFLOW_TRY(const auto code, issue_code(transaction, account.user_id, CodeChannel::kEmail,
                                                        context.clock.now() + kCodeLifetime));
                return send_email(context, transaction, account, "sign-in-code", {{"code", code}});
              });
}

Result<void> Passwordless::send_sms_code(Context& context, const Origin& origin, const std::string& phone_number,
                                         const NewUser& about) const {
  const EvenTime even(*services_, context);
  BUSFLOW_CHECK(check_phone_number(phone_number));
  BUSFLOW_CHECK(check_locale(about.locale));
  BUSFLOW_CHECK(admit_message(*services_, context, phone_number, origin));
  return send(
      *services_, context, by_phone(phone_number), with_phone_number(new_account(context, "", about), phone_number),
      [&](postgres::Transaction& transaction, const Account& account) -> Result<void> {
        BUSFLOW_TRY(const auto code,
                    issue_code(transaction, account.user_id, CodeChannel::kSms, context.clock.now() + kCodeLifetime));
        return send_sms(context, transaction, account, "sign-in-code", {{"code", code}});
      });
}

Result<SignInOutcome> Passwordless::enter_email_code(Context& context, const Origin& origin, const std::string& email,
                                                     const std::string& code) const {
  return enter_code(*services_, context, origin, email, by_email(email), CodeChannel::kEmail, code, set_email_verified);
}

Result<SignInOutcome> Passwordless::enter_sms_code(Context& context, const Origin& origin,
                                                   const std::string& phone_number, const std::string& code) const {
  return enter_code(*services_, context, origin, phone_number, by_phone(phone_number), CodeChannel::kSms, code,
                    set_phone_number_verified);
}

}  // namespace busflow::identity
