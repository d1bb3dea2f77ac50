#include <atomic>
#include <latch>
#include <map>
#include <stdexcept>

#include "jobs_fixture.hpp"

namespace busflow::jobs {
namespace {

using std::chrono::milliseconds;

TEST_F(JobsTest, RunsAJobOnceAndKeepsItsResult) {
  const auto id = queue_.add("sample", "double", {{"n", 21}});
  ASSERT_TRUE(id) << id.error().detail;
  const auto worker = start([](const Job& job) -> Result<json::Value> {
    EXPECT_EQ(job.name, "double");
    return json::Value(job.data.at("n").as_int64() * 2);
  });
  eventually([&] { return queue_.counts("sample")->completed == 1; });
  EXPECT_EQ(field(*id, "returnvalue"), "42");
  EXPECT_EQ(field(*id, "atm"), "1");
  EXPECT_NE(field(*id, "processedOn"), "");
  EXPECT_NE(field(*id, "finishedOn"), "");
}

TEST_F(JobsTest, TheSameJobIdIsAddedOnce) {
  std::atomic<int> runs = 0;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(queue_.add("sample", "once", {}, {.job_id = "event-1"}), "event-1");
  const auto worker = start([&](const Job&) -> Result<json::Value> {
    ++runs;
    return json::Value();
  });
  eventually([&] { return queue_.counts("sample")->completed == 1; });
  EXPECT_EQ(queue_.add("sample", "once", {}, {.job_id = "event-1"}), "event-1");
  EXPECT_EQ(queue_.counts("sample")->waiting, 0);
  EXPECT_EQ(runs, 1);
}

TEST_F(JobsTest, FailedAttemptsAreRepeatedWithGrowingDelayThenGivenUp) {
  std::vector<std::chrono::steady_clock::time_point> attempts;
  const auto worker = start(
      [&](const Job&) -> Result<json::Value> {
        attempts.push_back(std::chrono::steady_clock::now());
        if (attempts.size() == 2) throw std::runtime_error("a fault");
        return fail(ErrorName::kInternal, "not yet");
      },
      1);
  const auto id = queue_.add("sample", "stubborn", {}, {.attempts = 3, .backoff = Backoff{.delay = milliseconds(40)}});
  eventually([&] { return queue_.counts("sample")->failed == 1; });
  ASSERT_EQ(attempts.size(), 3U);
  EXPECT_GE(attempts[1] - attempts[0], milliseconds(39));  // the queue counts whole milliseconds
  EXPECT_GE(attempts[2] - attempts[1], milliseconds(79));
  EXPECT_EQ(field(*id, "failedReason"), "not yet");
  EXPECT_EQ(field(*id, "atm"), "3");
}

TEST_F(JobsTest, DelayedJobsWaitTheirTime) {
  const auto added = std::chrono::steady_clock::now();
  std::atomic<std::chrono::steady_clock::time_point> ran{};
  const auto worker = start([&](const Job&) -> Result<json::Value> {
    ran = std::chrono::steady_clock::now();
    return json::Value();
  });
  ASSERT_TRUE(queue_.add("sample", "later", {}, {.delay = milliseconds(150)}));
  EXPECT_EQ(queue_.counts("sample")->delayed, 1);
  eventually([&] { return queue_.counts("sample")->completed == 1; });
  EXPECT_GE(ran.load() - added, milliseconds(149));
}

TEST_F(JobsTest, TwoWorkersShareTheWork) {
  constexpr int kJobs = 500;
  std::mutex mutex;
  std::map<std::string, int> runs;
  const auto handler = [&](const Job& job) -> Result<json::Value> {
    const std::lock_guard lock(mutex);
    ++runs[job.id];
    return json::Value();
  };
  const auto first = start(handler, 3);
  const auto second = start(handler, 3);
  for (int i = 0; i < kJobs; ++i) ASSERT_TRUE(queue_.add("sample", "many", {{"i", i}}));
  eventually([&] { return queue_.counts("sample")->completed == kJobs; });
  EXPECT_EQ(runs.size(), static_cast<std::size_t>(kJobs));
  for (const auto& [id, count] : runs) EXPECT_EQ(count, 1) << id;
}

TEST_F(JobsTest, ForgetsCompletedJobsBeyondTheNumberToKeep) {
  const auto worker = start([](const Job&) -> Result<json::Value> { return json::Value(); }, 1);
  std::string last;
  for (int i = 0; i < 10; ++i)
    last = *queue_.add("sample", "short-lived", {}, {.keep_completed = Retention{.count = 3, .age = {}}});
  eventually([&] { return field(last, "finishedOn") != ""; });
  EXPECT_EQ(queue_.counts("sample")->completed, 3);
  redis::Client client(server_.options());
  EXPECT_EQ(client.command({"EXISTS", "bull:sample:1"})->integer(), 0);
}

TEST_F(JobsTest, ALongJobKeepsItsLock) {
  std::atomic<int> runs = 0;
  const auto handler = [&](const Job&) -> Result<json::Value> {
    ++runs;
    // Longer than lock and stalled interval together: only the renewal keeps the other worker away.
    const auto until = std::chrono::steady_clock::now() + milliseconds(1200);
    while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
    return json::Value();
  };
  const auto first = start(handler, 1);
  const auto second = start(handler, 1);
  ASSERT_TRUE(queue_.add("sample", "long", {}));
  eventually([&] { return queue_.counts("sample")->completed == 1; });
  EXPECT_EQ(runs, 1);
}

TEST_F(JobsTest, StopFinishesTheJobInHand) {
  std::latch inside(1);
  std::atomic<bool> release = false;
  auto worker = start(
      [&](const Job&) -> Result<json::Value> {
        inside.count_down();
        while (!release) std::this_thread::yield();
        return json::Value("done");
      },
      1);
  const auto id = queue_.add("sample", "in-hand", {});
  inside.wait();
  std::jthread stopping([&] { worker->stop(); });
  release = true;
  stopping.join();
  EXPECT_EQ(field(*id, "returnvalue"), "\"done\"");
}

TEST_F(JobsTest, SurvivesARestartOfRedis) {
  std::atomic<int> runs = 0;
  const auto worker = start([&](const Job&) -> Result<json::Value> {
    ++runs;
    return json::Value();
  });
  ASSERT_TRUE(queue_.add("sample", "before", {}));
  eventually([&] { return runs == 1; });
  server_.kill();
  EXPECT_EQ(queue_.add("sample", "during", {}).error().name, ErrorName::kRedisUnavailable);
  server_.start();
  ASSERT_TRUE(queue_.add("sample", "after", {}));
  eventually([&] { return runs >= 2; });
}

}  // namespace
}  // namespace busflow::jobs
