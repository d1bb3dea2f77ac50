#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>
#include <platform/postgres/transaction.hpp>

#include "domain/account.hpp"
#include "services.hpp"
#include "storage/refresh_token_storage.hpp"

namespace busflow::identity {

/// What a client holds after it signed in.
struct SignedIn {
  Account account;
  std::string access_token;
  std::string refresh_token;
  std::string refresh_token_id;
};

/// The first factor was right; the ticket goes with the second.
struct SecondFactorNeeded {
  std::string ticket;
};

using SignInOutcome = std::variant<SignedIn, SecondFactorNeeded>;

/// Signing in by password, staying signed in, signing out. Thread-safe.
class Sessions {
 public:
  explicit Sessions(std::shared_ptr<const Services> services) : services_(std::move(services)) {}

  /// kInvalidCredentials for an unknown account and a wrong password alike, and after the same work. kUserDisabled and
  /// kUserUnverified only once the password was right. kTooManyRequests when the account or the address has to wait.
  Result<SignInOutcome> sign_in(Context& context, const Origin& origin, const std::string& email,
                                const std::string& password) const;

  /// Exchanges a refresh token for a session with its successor. Within Options::refresh_grace of its first use it
  /// gives the same successor again, so that two windows may refresh at once. After that it was stolen: then all
  /// tokens of that sign-in end, and an auditor can see it. kInvalidRefreshToken otherwise.
  Result<SignedIn> refresh(Context& context, const Origin& origin, const std::string& refresh_token) const;

  /// Ends the sign-in that the token belongs to. An unknown token changes nothing.
  Result<void> sign_out(Context& context, const std::string& refresh_token) const;
  /// Ends all sign-ins of the user.
  Result<void> sign_out_everywhere(Context& context, const Caller& caller, const Origin& origin) const;

  /// A session in the role that the user has at another operator. kPermissionDenied when they have none there.
  Result<SignedIn> select_tenant(Context& context, const Caller& caller, const Origin& origin,
                                 const std::string& tenant_id) const;
  /// In every role the user may choose.
  Result<std::vector<Account>> choices(Context& context, const Caller& caller) const;

  /// kInvalidToken when the user or their place at the operator is gone.
  Result<Account> current(Context& context, const Caller& caller) const;

  Result<std::vector<OpenSession>> list(Context& context, const Caller& caller) const;
  /// kNotFound when it is none of theirs.
  Result<void> end(Context& context, const Caller& caller, const std::string& session_id) const;

 private:
  Result<std::optional<SignedIn>> given_before(Context& context, postgres::Transaction& transaction,
                                               const std::string& refresh_token, const std::string& next) const;
  Result<void> punish_reuse(Context& context, postgres::Transaction& transaction, const Origin& origin,
                            const std::string& refresh_token) const;

  std::shared_ptr<const Services> services_;
};

/// Starts a session of an account that has proven who it is.
Result<SignedIn> start_session(const Services& services, Context& context, postgres::Transaction& transaction,
                               const Account& account, const Origin& origin);
/// The same for somebody who has used a security key just now: only the first access token says so.
Result<SignedIn> start_elevated_session(const Services& services, Context& context, postgres::Transaction& transaction,
                                        const Account& account, const Origin& origin);
/// The same, or a ticket for the second factor where the account has one. kUserDisabled.
Result<SignInOutcome> enter(const Services& services, Context& context, postgres::Transaction& transaction,
                            const Account& account, const Origin& origin);

}  // namespace busflow::identity
