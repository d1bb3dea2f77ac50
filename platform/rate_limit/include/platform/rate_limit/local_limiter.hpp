#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include <platform/rate_limit/limiter.hpp>

namespace busflow::rate_limit {

/// Counts in this process, by the context's clock.
class LocalLimiter final : public Limiter {
 public:
  std::optional<std::chrono::seconds> take(const Context& context, const Limit& limit,
                                           std::string_view subject) override;
  void give_back(const Context& context, const Limit& limit, std::string_view subject) override;
  void forget(const Context& context, const Limit& limit, std::string_view subject) override;

 private:
  struct Attempts {
    std::deque<WallTime> times;
    WallTime expires_at;
  };
  void drop_expired(WallTime now);

  std::mutex mutex_;
  std::map<std::string, Attempts, std::less<>> attempts_;
};

}  // namespace busflow::rate_limit
