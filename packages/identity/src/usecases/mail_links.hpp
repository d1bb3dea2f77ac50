#pragma once

#include <memory>
#include <string>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>

#include "services.hpp"

namespace busflow::identity {

/// What happens when somebody follows a link that was mailed to them. Thread-safe.
class MailLinks {
 public:
  explicit MailLinks(std::shared_ptr<const Services> services) : services_(std::move(services)) {}

  /// Uses the ticket up and gives the address to go to: `redirect_to` with a refresh token. Where the account has a
  /// second factor a link alone opens no session: the address then carries the ticket to go on with instead.
  /// kRedirectNotAllowed; kInvalidTicket.
  Result<std::string> follow(Context& context, const Origin& origin, const std::string& ticket, const std::string& type,
                             const std::string& redirect_to) const;

 private:
  std::shared_ptr<const Services> services_;
};

}  // namespace busflow::identity
