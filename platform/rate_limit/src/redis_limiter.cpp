#include <platform/rate_limit/redis_limiter.hpp>

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include <platform/crypto/digest.hpp>

namespace busflow::rate_limit {
namespace {

constexpr std::chrono::milliseconds kPatience{500};
constexpr std::chrono::seconds kRest{2};

/// A sorted set of attempts by time. KEYS: the set. ARGV: most, window in microseconds, a name for this attempt.
/// 0: counted; otherwise microseconds to wait.
const redis::Script& take_script() {
  static const redis::Script script(R"(
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local most, window = tonumber(ARGV[1]), tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
if redis.call('ZCARD', KEYS[1]) >= most then
  local oldest = redis.call('ZRANGE', KEYS[1], -most, -most, 'WITHSCORES')
  return math.max(1, tonumber(oldest[2]) + window - now)
end
redis.call('ZADD', KEYS[1], now, ARGV[3])
redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000))
return 0)");
  return script;
}

}  // namespace

RedisLimiter::RedisLimiter(redis::Options options, std::string prefix, telemetry::Logger logger)
    : options_(std::move(options)), prefix_(std::move(prefix)), logger_(std::move(logger)) {
  options_.timeout = std::min(options_.timeout, kPatience);
}

std::string RedisLimiter::key(const Limit& limit, std::string_view subject) const {
  return fmt::format("{}:{}:{}", prefix_, limit.name, crypto::sha256_hex(subject));
}

Result<redis::Reply> RedisLimiter::ask(const Context& context, const Question& question) {
  if (!may_ask(context.clock.steady_now())) return fail(ErrorName::kRedisUnavailable);
  auto reply = ask_alone(question);
  note(reply, context.clock.steady_now());
  return reply;
}

Result<redis::Reply> RedisLimiter::ask_alone(const Question& question) {
  std::unique_ptr<redis::Client> client;
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      client = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (!client) client = std::make_unique<redis::Client>(options_);
  auto reply = question(*client);
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(client));
  return reply;
}

bool RedisLimiter::may_ask(SteadyTime now) {
  auto until = rest_until_.load();
  if (until == SteadyTime()) return true;
  return now >= until && rest_until_.compare_exchange_strong(until, now + kRest);
}

void RedisLimiter::note(const Result<redis::Reply>& reply, SteadyTime now) {
  const auto before = rest_until_.exchange(reply ? SteadyTime() : now + kRest);
  if (!reply && before == SteadyTime()) {
    logger_.warning("attempts are counted per process, because Redis failed", {{"reason", reply.error().message()}});
  } else if (reply && before != SteadyTime()) {
    logger_.info("Redis counts attempts again, for all processes together");
  }
}

std::optional<std::chrono::seconds> RedisLimiter::take(const Context& context, const Limit& limit,
                                                       std::string_view subject) {
  const auto window = std::chrono::microseconds(limit.window).count();
  const auto reply = ask(context, [&](redis::Client& client) {
    return client.evaluate(
        take_script(), {key(limit, subject)},
        {std::to_string(limit.most), std::to_string(window), context.identifiers.next().to_string()});
  });
  if (!reply) return local_.take(context, limit, subject);
  if (reply->integer() == 0) return std::nullopt;
  return std::chrono::ceil<std::chrono::seconds>(std::chrono::microseconds(reply->integer()));
}

void RedisLimiter::give_back(const Context& context, const Limit& limit, std::string_view subject) {
  local_.give_back(context, limit, subject);
  static_cast<void>(
      ask(context, [&](redis::Client& client) { return client.command({"ZPOPMAX", key(limit, subject)}); }));
}

void RedisLimiter::forget(const Context& context, const Limit& limit, std::string_view subject) {
  local_.forget(context, limit, subject);
  static_cast<void>(ask(context, [&](redis::Client& client) { return client.command({"DEL", key(limit, subject)}); }));
}

}  // namespace busflow::rate_limit
