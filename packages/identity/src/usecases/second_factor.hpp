#pragma once

#include <memory>
#include <string>
#include <vector>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>

#include "services.hpp"
#include "usecases/sessions.hpp"

namespace busflow::identity {

/// The second factor: codes of an authenticator (TOTP), and recovery codes for who lost it. Thread-safe.
class SecondFactor {
 public:
  explicit SecondFactor(std::shared_ptr<const Services> services) : services_(std::move(services)) {}

  struct Setup {
    std::string secret;  ///< Base32.
    std::string image;   ///< QR code, as a data: address.
  };
  /// A new secret, in force only once activate() proved that the authenticator has it. kTotpActive.
  Result<Setup> generate(Context& context, const Caller& caller) const;

  /// Gives the recovery codes, which are shown this once. kInvalidTotp, kTotpActive, kTotpSecretMissing.
  Result<std::vector<std::string>> activate(Context& context, const Caller& caller, const Origin& origin,
                                            const std::string& code) const;
  /// By a code or a recovery code. kInvalidTotp, kTotpInactive.
  Result<void> deactivate(Context& context, const Caller& caller, const Origin& origin, const std::string& code) const;

  /// `ticket` is what the first factor gave; `code` of the authenticator, or a recovery code. Each works once.
  /// kInvalidTicket, kInvalidTotp.
  Result<SignedIn> sign_in(Context& context, const Origin& origin, const std::string& ticket,
                           const std::string& code) const;

 private:
  Result<bool> is_right(Context& context, postgres::Transaction& transaction, const std::string& user_id,
                        const std::string& code) const;

  std::shared_ptr<const Services> services_;
};

}  // namespace busflow::identity
