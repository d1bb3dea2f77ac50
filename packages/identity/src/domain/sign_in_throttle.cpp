#include "domain/sign_in_throttle.hpp"

namespace busflow::identity {
namespace {

/// Guessing names must not fill the memory: beyond this many accounts the expired ones are dropped at each failure.
constexpr std::size_t kManyAccounts = 10000;

}  // namespace

void SignInThrottle::drop_old(Failures& failures, SteadyTime now) {
  while (!failures.empty() && failures.front() + kWindow <= now) failures.pop_front();
}

std::optional<std::chrono::seconds> SignInThrottle::wait(const std::string& account, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  const auto found = failures_.find(account);
  if (found == failures_.end()) return std::nullopt;
  drop_old(found->second, now);
  if (found->second.size() < limit_) return std::nullopt;
  const SteadyTime oldest_that_counts = found->second[found->second.size() - limit_];
  return std::chrono::ceil<std::chrono::seconds>(oldest_that_counts + kWindow - now);
}

void SignInThrottle::record_failure(const std::string& account, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  if (failures_.size() >= kManyAccounts) {
    std::erase_if(failures_, [now](const auto& entry) { return entry.second.back() + kWindow <= now; });
  }
  Failures& failures = failures_[account];
  failures.push_back(now);
  if (failures.size() > limit_) failures.pop_front();
}

void SignInThrottle::forget(const std::string& account) {
  const std::lock_guard lock(mutex_);
  failures_.erase(account);
}

}  // namespace busflow::identity
