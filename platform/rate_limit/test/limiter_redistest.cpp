#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <platform/base/clock.hpp>
#include <platform/base/identifier.hpp>
#include <platform/gate_testkit/tcp_gate.hpp>
#include <platform/rate_limit/local_limiter.hpp>
#include <platform/rate_limit/redis_limiter.hpp>
#include <platform/redis_testkit/test_redis.hpp>
#include <platform/telemetry/logger.hpp>

namespace busflow::rate_limit {
namespace {

constexpr Limit kThree{.name = "three", .most = 3, .window = std::chrono::seconds(60)};
constexpr Limit kShort{.name = "short", .most = 1, .window = std::chrono::seconds(1)};

class LimiterTest : public testing::Test {
 protected:
  Context context() { return {.clock = clock_, .identifiers = identifiers_}; }

  ManualClock clock_{WallTime{std::chrono::sys_days(std::chrono::year{2026} / 11 / 27)}};
  RandomIdentifierSource identifiers_;
  std::vector<std::string> log_;
  telemetry::Logger logger_{"test", telemetry::Level::kInfo,
                            [this](std::string_view line) { log_.emplace_back(line); }};
  testkit::TestRedis redis_;
  RedisLimiter shared_{redis_.options(), "limits", logger_};
  LocalLimiter local_;
};

void keeps_to_the_limit(Limiter& limiter, const Context& context) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limiter.take(context, kThree, "a"), std::nullopt);
  const auto wait = limiter.take(context, kThree, "a");
  ASSERT_TRUE(wait);
  EXPECT_GT(*wait, std::chrono::seconds(50));
  EXPECT_LE(*wait, std::chrono::seconds(60));
  EXPECT_EQ(limiter.take(context, kThree, "b"), std::nullopt) << "another subject";
  EXPECT_EQ(limiter.take(context, kShort, "a"), std::nullopt) << "another limit";
  limiter.give_back(context, kThree, "a");
  EXPECT_EQ(limiter.take(context, kThree, "a"), std::nullopt);
  EXPECT_TRUE(limiter.take(context, kThree, "a"));
  limiter.forget(context, kThree, "a");
  EXPECT_EQ(limiter.take(context, kThree, "a"), std::nullopt);
}

TEST_F(LimiterTest, ALocalLimiterKeepsToTheLimit) { keeps_to_the_limit(local_, context()); }

TEST_F(LimiterTest, ASharedLimiterKeepsToTheLimit) {
  keeps_to_the_limit(shared_, context());
  EXPECT_EQ(log_.size(), 0);
}

TEST_F(LimiterTest, TheWindowSlides) {
  EXPECT_EQ(local_.take(context(), kShort, "a"), std::nullopt);
  clock_.advance(std::chrono::milliseconds(999));
  EXPECT_TRUE(local_.take(context(), kShort, "a"));
  clock_.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(local_.take(context(), kShort, "a"), std::nullopt);
}

TEST_F(LimiterTest, ProcessesCountTogether) {
  RedisLimiter other(redis_.options(), "limits", logger_);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(shared_.take(context(), kThree, "a"), std::nullopt);
  EXPECT_EQ(other.take(context(), kThree, "a"), std::nullopt);
  EXPECT_TRUE(other.take(context(), kThree, "a"));
  EXPECT_TRUE(shared_.take(context(), kThree, "a"));
}

TEST_F(LimiterTest, AttemptsAtTheSameTimeDoNotSlipThrough) {
  std::atomic<int> passed = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        for (int j = 0; j < 20; ++j) passed += shared_.take(context(), kThree, "a") ? 0 : 1;
      });
    }
  }
  EXPECT_EQ(passed, 3);
}

TEST_F(LimiterTest, CountsForItselfWhileRedisIsAway) {
  redis_.kill();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(shared_.take(context(), kThree, "a"), std::nullopt);
  EXPECT_TRUE(shared_.take(context(), kThree, "a"));
  ASSERT_EQ(log_.size(), 1);
  EXPECT_NE(log_[0].find("attempts are counted per process"), std::string::npos);
  redis_.start();
  EXPECT_TRUE(shared_.take(context(), kThree, "a")) << "Redis is left alone for a while";
  clock_.advance(std::chrono::seconds(2));
  EXPECT_EQ(shared_.take(context(), kThree, "a"), std::nullopt);
  ASSERT_EQ(log_.size(), 2);
  EXPECT_NE(log_[1].find("Redis counts attempts again"), std::string::npos);
}

TEST_F(LimiterTest, ARedisThatHangsDelaysOneAttemptAndNotEach) {
  testkit::TcpGate gate(redis_.options().socket);
  RedisLimiter behind_gate({.port = gate.port()}, "limits", logger_);
  EXPECT_EQ(behind_gate.take(context(), kThree, "a"), std::nullopt);
  gate.stall();
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) static_cast<void>(behind_gate.take(context(), kThree, "b"));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5))
      << "20 times half a second is twice that";
  EXPECT_EQ(log_.size(), 1);
}

}  // namespace
}  // namespace busflow::rate_limit
