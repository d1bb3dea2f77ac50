#pragma once

#include <memory>
#include <optional>
#include <string>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>

#include "services.hpp"

namespace busflow::identity {

/// What people say about themselves. Thread-safe.
class Profile {
 public:
  explicit Profile(std::shared_ptr<const Services> services) : services_(std::move(services)) {}

  struct Change {
    std::optional<std::string> display_name;
    std::optional<std::string> locale;
    /// https://…, or a file of our own: "/v1/storage/files/<id>". Others' browsers load it, the server never does.
    /// Empty: none.
    std::optional<std::string> avatar_url;
  };
  /// kValidationFailed, kLocaleNotAllowed.
  Result<void> change(Context& context, const Caller& caller, const Change& change) const;

 private:
  std::shared_ptr<const Services> services_;
};

}  // namespace busflow::identity
