#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>

#include <identity/module.hpp>
#include <platform/openid/provider.hpp>
#include <platform/postgres/shared_statement.hpp>
#include <platform/security_key/security_key.hpp>

#include "redirect_policy.hpp"

namespace busflow::identity {

/// What every use case works with. Const use is thread-safe.
struct Services {
  explicit Services(const Dependencies& dependencies);

  postgres::Pool& pool;
  const token::Minter& minter;
  const token::Verifier& verifier;
  rate_limit::Limiter& limiter;
  const crypto::Vault& vault;
  Options options;
  RedirectPolicy redirects;
  security_key::RelyingParty site;  ///< Whose security keys are asked for.
  std::vector<openid::Provider> providers;
  std::unique_ptr<postgres::SharedStatement> rotation;  ///< Of refresh tokens.
  std::string hash_of_nobody;  ///< Checked for accounts that do not exist, so that they take as long as others.
};

inline const postgres::TransactionOptions kAsIdentity{.database_role = "busflow_identity"};

/// Where a request came from.
struct Origin {
  std::string remote_address;
  std::string user_agent;
};

/// Who a valid access token speaks for.
struct Caller {
  std::string user_id;
  std::string tenant_id;  ///< Empty outside of an operator.
  std::string session_id;
  std::string default_role;
  bool is_anonymous = false;
  bool is_elevated = false;  ///< Proved by a security key a moment ago.
};

/// Limits on attempts; the numbers come from Options.
namespace limits {
rate_limit::Limit sign_in_by_account(const Options& options);
rate_limit::Limit sign_in_by_address(const Options& options);
rate_limit::Limit sign_up(const Options& options);
rate_limit::Limit message_to(const Options& options);
rate_limit::Limit message_by_address(const Options& options);
}  // namespace limits

/// kTooManyRequests, with retry_after, when the subject has to wait.
Result<void> admit(const Services& services, const Context& context, const rate_limit::Limit& limit,
                   std::string_view subject);
/// An attempt to prove who one is, by the account's name and the address; both are counted until forget_attempts().
Result<void> admit_attempt(const Services& services, const Context& context, const std::string& account,
                           const Origin& origin);
/// The attempt succeeded.
void forget_attempts(const Services& services, const Context& context, const std::string& account,
                     const Origin& origin);
/// A message to be sent.
Result<void> admit_message(const Services& services, const Context& context, const std::string& recipient,
                           const Origin& origin);

/// As long as it lives, at least Options::even_answer passes: an answer that says the same of known and unknown
/// addresses must also take as long, whatever there was to write.
class EvenTime {
 public:
  EvenTime(const Services& services, const Context& context)
      : services_(services), context_(context), begun_(context.clock.steady_now()) {}
  ~EvenTime();
  EvenTime(const EvenTime&) = delete;
  EvenTime& operator=(const EvenTime&) = delete;

 private:
  const Services& services_;
  const Context& context_;
  SteadyTime begun_;
};

/// `redirect_to`, or the web app when there is none. kRedirectNotAllowed.
Result<std::string> allowed_redirect(const Services& services, const std::string& redirect_to);

/// The hash reads all of a password; a longer one is an attempt to keep us busy.
inline constexpr std::size_t kLongestPassword = 1024;

/// kPasswordTooShort; kValidationFailed when it is longer than anything that would be hashed.
Result<void> check_password(const Services& services, const std::string& password);

}  // namespace busflow::identity
