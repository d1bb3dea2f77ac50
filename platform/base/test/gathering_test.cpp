#include <atomic>
#include <span>
#include <stdexcept>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <platform/base/gathering.hpp>

namespace busflow {
namespace {

struct Question {
  int number = 0;
  int answer = 0;
};

constexpr std::size_t kThreads = 16;
constexpr int kEach = 500;

/// All threads ask at the same time, each again and again.
template <class Ask>
void ask_all(Ask ask) {
  std::vector<std::jthread> threads;
  for (std::size_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([ask, thread] {
      for (int each = 0; each < kEach; ++each) ask(static_cast<int>(thread) * kEach + each);
    });
  }
}

TEST(Gathering, EachRequestIsCarriedOutOnceInBatchesThatKeepTheLimits) {
  Gathering<Question> gathering(2, 5);
  std::atomic<int> under_way = 0;
  std::atomic<int> most_under_way = 0;
  std::atomic<std::size_t> largest = 0;
  std::atomic<int> carried_out = 0;
  std::atomic<int> batches = 0;
  const auto raise = [](auto& most, auto value) {
    for (auto seen = most.load(); seen < value && !most.compare_exchange_weak(seen, value);) {
    }
  };
  ask_all([&](int number) {
    Question question{number};
    gathering.run(question, [&](std::span<Question* const> batch) {
      raise(most_under_way, ++under_way);
      raise(largest, batch.size());
      std::this_thread::yield();
      for (Question* one : batch) one->answer = one->number + 1;
      carried_out += static_cast<int>(batch.size());
      ++batches;
      --under_way;
    });
    EXPECT_EQ(question.answer, number + 1);
  });
  EXPECT_EQ(carried_out, static_cast<int>(kThreads) * kEach);
  EXPECT_LE(most_under_way, 2);
  EXPECT_LE(largest, 5U);
  EXPECT_LT(batches, carried_out) << "none of them shared";
}

TEST(Gathering, WhatABatchThrowsEachOfItThrowsAndTheNextGoesOn) {
  Gathering<Question> gathering(1, 8);
  std::atomic<int> failed = 0;
  std::atomic<int> told = 0;
  ask_all([&](int number) {
    Question question{number};
    try {
      gathering.run(question, [&](std::span<Question* const> batch) {
        if (batch.front()->number % 3 == 0) {
          failed += static_cast<int>(batch.size());
          throw std::runtime_error("no");
        }
      });
    } catch (const std::runtime_error&) {
      ++told;
    }
  });
  EXPECT_GT(failed, 0);
  EXPECT_EQ(told, failed);
}

}  // namespace
}  // namespace busflow
