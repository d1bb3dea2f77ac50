#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <platform/redis/shared_calls.hpp>
#include <platform/redis_testkit/test_redis.hpp>

namespace busflow::redis {
namespace {

class SharedCallsTest : public testing::Test {
 protected:
  testkit::TestRedis server_;
  Client client_{server_.options()};
  SharedCalls shared_{server_.options()};
  const Script echo_{"redis.call('INCR', KEYS[1]) return ARGV[1]"};
  const Script broken_{"return redis.call('INCR', KEYS[1], 'one too many')"};
};

TEST_F(SharedCallsTest, EachThreadGetsItsOwnReplies) {
  constexpr int kThreads = 8;
  constexpr int kRounds = 500;
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int round = 0; round < kRounds; ++round) {
        const std::string first = std::to_string(thread) + "/" + std::to_string(round);
        const auto replies = shared_.evaluate_all({{&echo_, {"count"}, {first}}, {&echo_, {"count"}, {first + "b"}}});
        const bool is_right = replies && replies->size() == 2 && replies->at(0) && replies->at(0)->text() == first &&
                              replies->at(1) && replies->at(1)->text() == first + "b";
        if (!is_right) ++wrong;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(client_.command({"GET", "count"})->text(), std::to_string(2 * kThreads * kRounds));
}

TEST_F(SharedCallsTest, ARefusedCallIsItsOwnersTrouble) {
  std::atomic<int> refused = 0;
  std::atomic<int> done = 0;
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int round = 0; round < 100; ++round) {
        const auto replies = shared_.evaluate_all({{thread == 0 ? &broken_ : &echo_, {"count"}, {"x"}}});
        if (replies && replies->front()) ++done;
        if (replies && !replies->front()) ++refused;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(refused, 100);
  EXPECT_EQ(done, 300);
}

TEST_F(SharedCallsTest, WithoutRedisAllAreTold) {
  server_.kill();
  std::atomic<int> unavailable = 0;
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      const auto replies = shared_.evaluate_all({{&echo_, {"count"}, {"x"}}});
      if (!replies && replies.error().name == ErrorName::kRedisUnavailable) ++unavailable;
    });
  }
  threads.clear();
  EXPECT_EQ(unavailable, 4);
  server_.start();
  EXPECT_TRUE(shared_.evaluate_all({{&echo_, {"count"}, {"x"}}}));
}

}  // namespace
}  // namespace busflow::redis
