#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include <platform/base/clock.hpp>

namespace busflow::identity {

/// Makes an account wait after too many failed sign-ins within five minutes, whether it exists or not. Counts per
/// process. Thread-safe.
class SignInThrottle {
 public:
  static constexpr std::chrono::minutes kWindow{5};

  explicit SignInThrottle(std::size_t limit) : limit_(limit) {}

  /// How long the account has to wait still; nothing when it may try.
  std::optional<std::chrono::seconds> wait(const std::string& account, SteadyTime now);
  void record_failure(const std::string& account, SteadyTime now);
  void forget(const std::string& account);

 private:
  using Failures = std::deque<SteadyTime>;
  static void drop_old(Failures& failures, SteadyTime now);

  const std::size_t limit_;
  std::mutex mutex_;
  std::unordered_map<std::string, Failures> failures_;
};

}  // namespace busflow::identity
