#pragma once

#include <memory>
#include <string>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>

#include "services.hpp"
#include "usecases/sessions.hpp"

namespace busflow::identity {

/// Long-lived tokens by which a program signs in as its user, at the operator where it was made. Thread-safe.
class PersonalAccessTokens {
 public:
  explicit PersonalAccessTokens(std::shared_ptr<const Services> services) : services_(std::move(services)) {}

  struct Created {
    std::string id;
    std::string token;
  };
  /// kValidationFailed when `expires_at` is no time to come. `metadata` is a JSON object.
  Result<Created> create(Context& context, const Caller& caller, const Origin& origin, WallTime expires_at,
                         const std::string& metadata) const;

  /// No second factor is asked for: making the token took one. kInvalidPersonalAccessToken.
  Result<SignedIn> sign_in(Context& context, const Origin& origin, const std::string& token) const;

 private:
  std::shared_ptr<const Services> services_;
};

}  // namespace busflow::identity
