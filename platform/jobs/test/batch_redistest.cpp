// Jobs that end and begin in one round trip.
#include <algorithm>
#include <atomic>
#include <barrier>
#include <mutex>
#include <set>

#include <platform/base/pause.hpp>

#include "jobs_fixture.hpp"

namespace busflow::jobs {
namespace {

using std::chrono::milliseconds;

class BatchTest : public JobsTest {
 protected:
  std::string add(const std::string& name) {
    return queue_.add("sample", name, {}, {.keep_completed = std::nullopt}).value_or("");
  }
  std::int64_t completed() { return queue_.counts("sample")->completed; }

  redis::Client client_{server_.options()};
};

TEST_F(BatchTest, RunsAsManyAtATimeAsItMayAndEachOnce) {
  constexpr int kJobs = 300;
  for (int number = 0; number < kJobs; ++number) add("job");
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  std::mutex mutex;
  std::multiset<std::string> ran;
  const auto worker = start(
      [&](const Job& job) -> Result<json::Value> {
        const int now = ++running;
        for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
        }
        if (job.id.ends_with('7')) pause({}, milliseconds(2));
        --running;
        const std::lock_guard lock(mutex);
        ran.insert(job.id);
        return json::Value(job.id);
      },
      5);
  std::int64_t most_in_hand = 0;
  eventually([&] {
    most_in_hand = std::max(most_in_hand, client_.command({"LLEN", "bull:sample:active"})->integer());
    return completed() == kJobs;
  });
  EXPECT_LE(most_in_hand, 5);
  EXPECT_LE(most, 5);
  EXPECT_GE(most, 2);
  EXPECT_EQ(ran.size(), kJobs);
  EXPECT_EQ(std::set(ran.begin(), ran.end()).size(), kJobs);
  for (const auto& id : ran) EXPECT_EQ(field(id, "returnvalue"), "\"" + id + "\"");
}

TEST_F(BatchTest, AJobThatAnotherWorkerHasIsLeftToItAndThoseBesideItEnd) {
  for (const auto* name : {"one", "stolen", "three"}) add(name);
  std::barrier all_at_once(3);
  const auto worker = start(
      [&](const Job& job) -> Result<json::Value> {
        if (job.name == "stolen") {
          redis::Client client(server_.options());
          EXPECT_TRUE(client.command({"SET", "bull:sample:" + job.id + ":lock", "another", "PX", "60000"}));
        }
        all_at_once.arrive_and_wait();
        return json::Value();
      },
      3);
  eventually([&] { return completed() == 2; });
  worker->stop();
  EXPECT_EQ(queue_.counts("sample")->active, 1);
  EXPECT_EQ(field("2", "finishedOn"), "");
  EXPECT_EQ(client_.command({"GET", "bull:sample:2:lock"})->text(), "another");
}

TEST_F(BatchTest, AFullRedisIsWorkedEmpty) {
  ASSERT_TRUE(client_.command({"CONFIG", "SET", "maxmemory-policy", "noeviction"}));
  constexpr int kJobs = 20;
  for (int number = 0; number < kJobs; ++number) add("job");
  ASSERT_TRUE(client_.command({"CONFIG", "SET", "maxmemory", "1"}));
  EXPECT_EQ(queue_.add("sample", "one more", {}).error().name, ErrorName::kRedisFull);
  const auto worker = start([](const Job&) -> Result<json::Value> { return json::Value("done"); });
  eventually([&] { return completed() == kJobs; });
  EXPECT_EQ(field("20", "returnvalue"), "\"done\"");
  EXPECT_EQ(field("20", "ats"), "1");
  ASSERT_TRUE(client_.command({"CONFIG", "SET", "maxmemory", "0"}));
}

TEST_F(BatchTest, OddRetentionOfAnotherClientEndsNoWorker) {
  for (const auto* keep : {R"({"age": 0.5})", R"({"age": 1e30})", "2.5", R"("many")"}) {
    const auto id = add("odd");
    ASSERT_TRUE(client_.command(
        {"HSET", "bull:sample:" + id, "opts", std::string(R"({"attempts": 1, "removeOnComplete": )") + keep + "}"}));
  }
  add("after");
  const auto worker = start([](const Job&) -> Result<json::Value> { return json::Value(); });
  for (const auto* id : {"1", "2", "5"}) eventually([&] { return !field(id, "finishedOn").empty(); });
}

TEST_F(BatchTest, ADelayedJobStartsInTimeBesideOthers) {
  auto patient = options(4);
  patient.longest_wait = milliseconds(8000);
  std::atomic<bool> is_started = false;
  const auto worker = start(patient, plain([&](const Job& job) -> Result<json::Value> {
                              if (job.name == "delayed") is_started = true;
                              return json::Value();
                            }));
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(queue_.add("sample", "delayed", {}, {.delay = milliseconds(500)}));
  pause({}, milliseconds(100));  // The worker knows when it is due, and waits until then.
  add("plain");
  eventually([&] { return is_started.load(); });
  EXPECT_LT(std::chrono::steady_clock::now() - begun, milliseconds(4000));
}

TEST_F(BatchTest, AFailureMakesRoomForTheNextAtOnce) {
  auto patient = options(4);
  patient.longest_wait = milliseconds(8000);
  ASSERT_TRUE(client_.command({"HSET", "bull:sample:meta", "concurrency", "1"}));
  const auto begun = std::chrono::steady_clock::now();
  const auto worker = start(patient, plain([](const Job&) -> Result<json::Value> {
                              pause({}, milliseconds(50));  // Others ask meanwhile, and are told to wait.
                              return fail(ErrorName::kInternal);
                            }));
  for (int number = 0; number < 4; ++number) add("broken");
  eventually([&] { return queue_.counts("sample")->failed == 4; });
  EXPECT_LT(std::chrono::steady_clock::now() - begun, milliseconds(4000));
}

TEST_F(BatchTest, AStopLeavesNoJobInHand) {
  constexpr int kJobs = 100;
  for (int number = 0; number < kJobs; ++number) add("job");
  std::atomic<int> ran = 0;
  const auto worker = start(
      [&](const Job&) -> Result<json::Value> {
        ++ran;
        return json::Value();
      },
      8);
  eventually([&] { return ran > 0; });
  worker->stop();
  const auto counts = queue_.counts("sample");
  EXPECT_EQ(counts->active, 0);
  EXPECT_EQ(counts->completed, ran);
  EXPECT_EQ(counts->completed + counts->waiting, kJobs);
}

}  // namespace
}  // namespace busflow::jobs
