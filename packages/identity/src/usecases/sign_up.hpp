#pragma once

#include <memory>
#include <optional>
#include <string>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>

#include "services.hpp"
#include "usecases/sessions.hpp"

namespace busflow::identity {

/// What people may say about themselves when they come ("options" in Nhost Auth).
struct NewUser {
  std::string display_name;
  std::string locale = "de";
  std::string metadata = "{}";  ///< JSON object.
  std::string redirect_to;      ///< Where the link in the e-mail leads.
};

/// Accounts that people make for themselves. Thread-safe.
class SignUp {
 public:
  explicit SignUp(std::shared_ptr<const Services> services) : services_(std::move(services)) {}

  /// A session; nothing when the address has to be proven first. An address that has an account gets the same answer
  /// after the same work, and its owner an e-mail; kEmailInUse only where no proof is asked for.
  Result<std::optional<SignedIn>> with_password(Context& context, const Origin& origin, const std::string& email,
                                                const std::string& password, const NewUser& about) const;

  /// Without saying who. The session's role is `anonymous`.
  Result<SignedIn> anonymous(Context& context, const Origin& origin, const NewUser& about) const;

  /// Gives an anonymous user an address and, if any, a password; the proof is mailed. An address that has an account
  /// stays with its owner, who is told; the answer is the same. kUserNotAnonymous.
  Result<void> deanonymize(Context& context, const Caller& caller, const Origin& origin, const std::string& email,
                           const std::optional<std::string>& password, const NewUser& about) const;

  /// Mails the proof again. An address without an account, or with a proven one, gets nothing, and the same answer.
  Result<void> send_verification(Context& context, const Origin& origin, const std::string& email,
                                 const std::string& redirect_to) const;

  /// Asks the new address whether it is the caller's.
  Result<void> change_email(Context& context, const Caller& caller, const Origin& origin, const std::string& new_email,
                            const std::string& redirect_to) const;

 private:
  std::shared_ptr<const Services> services_;
};

/// Makes the account. False when somebody has its address: then they are told, by mail, and nobody else is. kEmailInUse
/// only where no proof of an address is asked for.
Result<bool> insert_or_tell_owner(const Services& services, Context& context, postgres::Transaction& transaction,
                                  const Account& account, const std::string& redirect);
/// A session of the new account; nothing where its address has to be proven first, which is asked for by mail.
Result<std::optional<SignedIn>> welcome(const Services& services, Context& context, postgres::Transaction& transaction,
                                        const Account& account, const Origin& origin, const std::string& redirect);
/// kSignUpDisabled, kTooManyRequests.
Result<void> admit_sign_up(const Services& services, const Context& context, const Origin& origin);
/// kValidationFailed when it cannot be an address.
Result<void> check_email(const std::string& email);
/// kLocaleNotAllowed.
Result<void> check_locale(const std::string& locale);
Account new_account(Context& context, const std::string& email, const NewUser& about);

}  // namespace busflow::identity
