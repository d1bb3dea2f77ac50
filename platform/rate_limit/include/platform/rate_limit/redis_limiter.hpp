#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <platform/rate_limit/limiter.hpp>
#include <platform/rate_limit/local_limiter.hpp>
#include <platform/redis/client.hpp>

namespace busflow::rate_limit {

/// Counts in Redis, by Redis' clock, for all processes together. While Redis cannot be reached each process counts for
/// itself: people can still sign in, and nobody can guess without limit. Subjects are stored as digests.
class RedisLimiter final : public Limiter {
 public:
  using OnFallback = std::function<void(const Error& error)>;

  /// `on_fallback` is called when Redis failed, from any thread.
  RedisLimiter(redis::Options options, std::string prefix, OnFallback on_fallback);

  std::optional<std::chrono::seconds> take(const Context& context, const Limit& limit,
                                           std::string_view subject) override;
  void give_back(const Context& context, const Limit& limit, std::string_view subject) override;
  void forget(const Context& context, const Limit& limit, std::string_view subject) override;

 private:
  std::string key(const Limit& limit, std::string_view subject) const;
  /// Asks over a connection that nobody else uses meanwhile, and reports a failure.
  Result<redis::Reply> ask(const std::function<Result<redis::Reply>(redis::Client&)>& question);

  redis::Options options_;
  std::string prefix_;
  OnFallback on_fallback_;
  LocalLimiter local_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<redis::Client>> idle_;
};

}  // namespace busflow::rate_limit
