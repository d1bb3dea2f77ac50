#pragma once

#include <memory>
#include <string>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>

#include "services.hpp"

namespace busflow::identity {

/// New passwords. Each ends the user's other sessions, and its owner is told by mail. Thread-safe.
class Passwords {
 public:
  explicit Passwords(std::shared_ptr<const Services> services) : services_(std::move(services)) {}

  /// Mails a link. An address without an account gets nothing, and the same answer.
  Result<void> send_reset(Context& context, const Origin& origin, const std::string& email,
                          const std::string& redirect_to) const;

  /// kPasswordTooShort; kAnonymousForbidden.
  Result<void> change(Context& context, const Caller& caller, const Origin& origin, const std::string& password) const;

  /// With the ticket of a mailed link, by somebody who is not signed in. kInvalidTicket.
  Result<void> change_with_ticket(Context& context, const Origin& origin, const std::string& ticket,
                                  const std::string& password) const;

 private:
  Result<void> replace(Context& context, postgres::Transaction& transaction, const std::string& user_id,
                       const std::string& hash, const std::string& but_session_id, const Origin& origin) const;

  std::shared_ptr<const Services> services_;
};

}  // namespace busflow::identity
