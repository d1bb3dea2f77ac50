// Jobs that end and begin in one round trip.
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
  eventually([&] { return completed() == kJobs; });
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

TEST_F(BatchTest, ASuccessIsRecordedWhenRedisHasMemoryAgain) {
  ASSERT_TRUE(client_.command({"CONFIG", "SET", "maxmemory-policy", "noeviction"}));
  const auto id = add("job");
  auto patient = options();
  patient.lock_duration = milliseconds(20000);
  const auto worker = start(patient, plain([&](const Job&) -> Result<json::Value> {
                              redis::Client client(server_.options());
                              EXPECT_TRUE(client.command({"CONFIG", "SET", "maxmemory", "1"}));
                              return json::Value("kept");
                            }));
  eventually(
      [&] { return client_.command({"INFO", "errorstats"})->text().find("errorstat_OOM") != std::string::npos; });
  EXPECT_EQ(queue_.counts("sample")->active, 1);
  ASSERT_TRUE(client_.command({"CONFIG", "SET", "maxmemory", "0"}));
  eventually([&] { return completed() == 1; });
  EXPECT_EQ(field(id, "returnvalue"), "\"kept\"");
  EXPECT_EQ(field(id, "ats"), "1");
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
