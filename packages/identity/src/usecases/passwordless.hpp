#pragma once

#include <memory>
#include <string>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>

#include "services.hpp"
#include "usecases/sessions.hpp"
#include "usecases/sign_up.hpp"

namespace busflow::identity {

/// Signing in by a link or a code that is sent. Who has no account gets one, where signing up is open; where it is not,
/// nothing is sent, and the answer is the same. Thread-safe.
class Passwordless {
 public:
  explicit Passwordless(std::shared_ptr<const Services> services) : services_(std::move(services)) {}

  Result<void> send_link(Context& context, const Origin& origin, const std::string& email, const NewUser& about) const;
  Result<void> send_email_code(Context& context, const Origin& origin, const std::string& email,
                               const NewUser& about) const;
  Result<void> send_sms_code(Context& context, const Origin& origin, const std::string& phone_number,
                             const NewUser& about) const;

  /// kInvalidOneTimePassword, for an unknown account as well.
  Result<SignInOutcome> enter_email_code(Context& context, const Origin& origin, const std::string& email,
                                         const std::string& code) const;
  Result<SignInOutcome> enter_sms_code(Context& context, const Origin& origin, const std::string& phone_number,
                                       const std::string& code) const;

 private:
  std::shared_ptr<const Services> services_;
};

}  // namespace busflow::identity
