#include <platform/rate_limit/local_limiter.hpp>

#include <fmt/format.h>

namespace busflow::rate_limit {
namespace {

/// Guessing names must not fill the memory: from this many subjects on, the expired ones are dropped now and then.
constexpr std::size_t kManySubjects = 10'000;

std::string name_of(const Limit& limit, std::string_view subject) { return fmt::format("{} {}", limit.name, subject); }

}  // namespace

void LocalLimiter::drop_expired(WallTime now) {
  std::erase_if(attempts_, [now](const auto& entry) { return entry.second.expires_at <= now; });
}

std::optional<std::chrono::seconds> LocalLimiter::take(const Context& context, const Limit& limit,
                                                       std::string_view subject) {
  const WallTime now = context.clock.now();
  const std::lock_guard lock(mutex_);
  if (attempts_.size() >= kManySubjects) drop_expired(now);
  auto& [times, expires_at] = attempts_[name_of(limit, subject)];
  while (!times.empty() && times.front() + limit.window <= now) times.pop_front();
  if (times.size() >= limit.most) {
    const auto oldest_that_counts = times[times.size() - limit.most];
    return std::chrono::ceil<std::chrono::seconds>(oldest_that_counts + limit.window - now);
  }
  times.push_back(now);
  expires_at = now + limit.window;
  return std::nullopt;
}

void LocalLimiter::give_back(const Context& /*context*/, const Limit& limit, std::string_view subject) {
  const std::lock_guard lock(mutex_);
  const auto found = attempts_.find(name_of(limit, subject));
  if (found != attempts_.end() && !found->second.times.empty()) found->second.times.pop_back();
}

void LocalLimiter::forget(const Context& /*context*/, const Limit& limit, std::string_view subject) {
  const std::lock_guard lock(mutex_);
  attempts_.erase(name_of(limit, subject));
}

}  // namespace busflow::rate_limit
