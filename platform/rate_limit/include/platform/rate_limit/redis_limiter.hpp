#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <platform/rate_limit/limiter.hpp>
#include <platform/rate_limit/local_limiter.hpp>
#include <platform/redis/client.hpp>
#include <platform/telemetry/logger.hpp>

namespace busflow::rate_limit {

/// Counts in Redis, by Redis' clock, for all processes together. While Redis cannot be reached each process counts for
/// itself: people can still sign in, and nobody can guess without limit. After a failure Redis is left alone for two
/// seconds, so that a Redis that hangs delays one attempt and not each; the log tells when that begins and ends.
/// Subjects are stored as digests. Safe for use by several threads.
class RedisLimiter final : public Limiter {
 public:
  /// Redis is waited for half a second at most: somebody waits meanwhile.
  RedisLimiter(redis::Options options, std::string prefix, telemetry::Logger logger);

  std::optional<std::chrono::seconds> take(const Context& context, const Limit& limit,
                                           std::string_view subject) override;
  void give_back(const Context& context, const Limit& limit, std::string_view subject) override;
  void forget(const Context& context, const Limit& limit, std::string_view subject) override;

 private:
  std::string key(const Limit& limit, std::string_view subject) const;
  using Question = std::function<Result<redis::Reply>(redis::Client&)>;

  /// Asks, unless Redis is left alone at the time.
  Result<redis::Reply> ask(const Context& context, const Question& question);
  /// Over a connection that nobody else uses meanwhile.
  Result<redis::Reply> ask_alone(const Question& question);
  /// Whether this attempt may ask. Of those that come after the rest, the first.
  bool may_ask(SteadyTime now);
  void note(const Result<redis::Reply>& reply, SteadyTime now);

  redis::Options options_;
  std::string prefix_;
  telemetry::Logger logger_;
  std::atomic<SteadyTime> rest_until_{SteadyTime()};  ///< Its default: Redis answers.
  LocalLimiter local_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<redis::Client>> idle_;
};

}  // namespace busflow::rate_limit
