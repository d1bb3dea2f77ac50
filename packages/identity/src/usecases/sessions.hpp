#pragma once

#include <memory>
#include <string>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>

#include <identity/module.hpp>

#include "domain/account.hpp"
#include "domain/sign_in_throttle.hpp"

namespace busflow::identity {

/// What a client holds after it signed in.
struct SignedIn {
  Account account;
  std::string access_token;
  std::string refresh_token;
  std::string refresh_token_id;
};

/// Signing in, staying signed in, signing out. Thread-safe.
class Sessions {
 public:
  explicit Sessions(Dependencies dependencies);

  /// kInvalidCredentials for an unknown account, a wrong password and a disabled user alike, and after the same work.
  /// kTooManyRequests when the account has to wait; the detail says how long.
  Result<SignedIn> sign_in(Context& context, const std::string& email, const std::string& password);

  /// Exchanges a refresh token for a new session; each works once. kInvalidRefreshToken otherwise. A token that comes a
  /// second time was stolen, before or after its first use: then all tokens of that sign-in end.
  Result<SignedIn> refresh(Context& context, const std::string& refresh_token);

  /// Ends the sign-in that the token belongs to. An unknown token changes nothing.
  Result<void> sign_out(Context& context, const std::string& refresh_token);

 private:
  Result<SignedIn> start(Context& context, postgres::Transaction& transaction, const Account& account,
                         const std::string& family_id);

  postgres::Pool& pool_;
  const token::Minter& minter_;
  const Options options_;
  const std::string hash_of_nobody_;
  SignInThrottle throttle_;
};

}  // namespace busflow::identity
