#include "limiter.hpp"

#include <atomic>
#include <chrono>

#include <platform/rate_limit/local_limiter.hpp>
#include <platform/rate_limit/redis_limiter.hpp>

namespace busflow::graphql_app {
namespace {

/// Clients wait meanwhile.
constexpr std::chrono::milliseconds kPatience{500};

/// Says once in a while that Redis fails: it does so for each operation.
class Complaint {
  using Minutes = std::chrono::minutes;

 public:
  explicit Complaint(const telemetry::Logger& logger) : logger_(logger) {}

  void say(const Error& error) {
    const auto now = std::chrono::floor<Minutes>(std::chrono::steady_clock::now()).time_since_epoch().count();
    if (last_.exchange(now) == now) return;
    logger_.warning("operations are counted per instance, because Redis failed", {{"reason", error.message()}});
  }

 private:
  const telemetry::Logger logger_;
  std::atomic<Minutes::rep> last_{-1};
};

}  // namespace

std::unique_ptr<rate_limit::Limiter> make_limiter(std::optional<redis::Options> redis,
                                                  const telemetry::Logger& logger) {
  if (!redis) return std::make_unique<rate_limit::LocalLimiter>();
  redis->timeout = kPatience;
  const auto complaint = std::make_shared<Complaint>(logger);
  return std::make_unique<rate_limit::RedisLimiter>(std::move(*redis), "graphql-limits",
                                                    [complaint](const Error& error) { complaint->say(error); });
}

}  // namespace busflow::graphql_app
