#pragma once

#include <chrono>
#include <map>
#include <string>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/crypto/vault.hpp>

namespace busflow::files {

/// Addresses that give one file to whoever holds them, for a while. Thread-safe.
class SignedAddresses {
 public:
  SignedAddresses(const crypto::Vault& vault, std::string server_url)
      : vault_(vault), server_url_(std::move(server_url)) {}

  std::string make(const std::string& file_id, WallTime expires_at) const;
  /// kPermissionDenied when it was changed, or its time is over.
  Result<void> check(const std::string& file_id, const std::map<std::string, std::string, std::less<>>& query,
                     WallTime now) const;

 private:
  std::string sign(const std::string& file_id, std::string_view expires) const;

  const crypto::Vault& vault_;
  std::string server_url_;
};

}  // namespace busflow::files
