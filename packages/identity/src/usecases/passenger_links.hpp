#pragma once

#include <memory>
#include <optional>
#include <string>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>

#include "services.hpp"

namespace busflow::identity {

/// Links by which passengers, who have no account, see one booking for a while. Thread-safe.
class PassengerLinks {
 public:
  explicit PassengerLinks(std::shared_ptr<const Services> services) : services_(std::move(services)) {}

  struct Request {
    std::string booking_id;
    std::string email;
    std::string display_name;
    std::string locale = "de";
    std::string redirect_to;             ///< The passengers' page.
    std::optional<WallTime> expires_at;  ///< At most 90 days ahead; 30 days where nothing is said.
  };
  /// Mails the link. For managers and dispatchers, about their operator's bookings; kPermissionDenied for others.
  Result<void> send(Context& context, const Caller& caller, const Origin& origin, const Request& request) const;
  /// Makes all links to the booking worth nothing. Access tokens that are out run out by themselves.
  Result<void> take_back(Context& context, const Caller& caller, const std::string& booking_id) const;

  /// An access token; there is nothing to refresh it with but the link itself, which works until it expires.
  /// kInvalidTicket.
  Result<std::string> enter(Context& context, const Origin& origin, const std::string& link) const;

 private:
  std::shared_ptr<const Services> services_;
};

}  // namespace busflow::identity
