#pragma once

#include <memory>
#include <string>
#include <vector>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>

#include "services.hpp"
#include "storage/member_storage.hpp"

namespace busflow::identity {

/// Who works for an operator, as its managers see and decide it. Everything gives kPermissionDenied to others.
/// Thread-safe.
class Members {
 public:
  explicit Members(std::shared_ptr<const Services> services) : services_(std::move(services)) {}

  Result<std::vector<Member>> list(Context& context, const Caller& caller) const;

  struct Invitation {
    std::string email;
    std::string display_name;
    std::string role;  ///< manager, dispatcher, driver
    std::string locale = "de";
  };
  /// Makes them a member and mails a link by which they choose their password. Who has an account keeps it.
  Result<void> invite(Context& context, const Caller& caller, const Origin& origin, const Invitation& invitation) const;

  /// kNotFound; kStateConflict for the caller themselves, so that an operator always has a manager.
  Result<void> change_role(Context& context, const Caller& caller, const std::string& user_id,
                           const std::string& role) const;
  Result<void> remove(Context& context, const Caller& caller, const std::string& user_id) const;

 private:
  std::shared_ptr<const Services> services_;
};

}  // namespace busflow::identity
