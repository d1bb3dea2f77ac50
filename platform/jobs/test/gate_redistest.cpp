#include <atomic>
#include <map>
#include <mutex>

#include <platform/gate_testkit/tcp_gate.hpp>

#include "jobs_fixture.hpp"

namespace busflow::jobs {
namespace {

using std::chrono::milliseconds;
using testkit::TcpGate;

constexpr int kJobs = 40;

/// The worker reaches Redis through the gate; the producer and the questions of the test go beside it.
class GateTest : public JobsTest {
 protected:
  GateTest() {
    logger_ = telemetry::Logger("test", telemetry::Level::kError, [this](std::string_view) { ++complaints_; });
  }
  WorkerOptions through_gate(std::size_t concurrency = 2) {
    auto chosen = options(concurrency);
    chosen.redis = {.port = gate_.port(), .timeout = milliseconds(300)};
    chosen.max_stalled = 1000;
    return chosen;
  }
  /// A worker that counts how often each job was started, and by which count of its own.
  std::unique_ptr<Worker> start_counting(std::size_t concurrency = 2) {
    return start(through_gate(concurrency), plain([this](const Job& job) -> Result<json::Value> {
                   const std::lock_guard lock(mutex_);
                   starts_[job.id].push_back(job.attempts_started);
                   return json::Value(true);
                 }));
  }
  void add_jobs(int count) {
    for (int number = 0; number < count; ++number) {
      // By an id of its own a job can be added again when nobody knows whether the first time counted.
      const JobOptions chosen{.job_id = identifiers_.next().to_string(), .keep_completed = std::nullopt};
      eventually([&] { return queue_.add("sample", "count", {}, chosen).has_value(); });
    }
  }
  bool all_completed(int count) {
    const auto counts = queue_.counts("sample");
    return counts && counts->completed == count;
  }
  /// Each one ran; one that ran again was told so by Redis' own count of its starts.
  void expect_each_once_or_marked(int count) {
    const std::lock_guard lock(mutex_);
    EXPECT_EQ(starts_.size(), static_cast<std::size_t>(count));
    for (const auto& [id, starts] : starts_) {
      for (std::size_t run = 1; run < starts.size(); ++run) EXPECT_GT(starts[run], starts[run - 1]) << id;
    }
    const auto counts = queue_.counts("sample");
    EXPECT_EQ(counts->failed, 0);
    EXPECT_EQ(counts->active, 0);
    EXPECT_EQ(counts->waiting, 0);
  }

  /// The worker has noticed that Redis is out of its reach.
  void expect_complaint() {
    eventually([&] { return complaints_ > 0; });
  }

  TcpGate gate_{server_.options().socket};
  std::atomic<int> complaints_ = 0;
  std::mutex mutex_;
  std::map<std::string, std::vector<std::int64_t>> starts_;
};

TEST_F(GateTest, AWorkerThatCannotReachRedisStartsWhenItCan) {
  gate_.refuse();
  const auto worker = start_counting();
  add_jobs(kJobs);
  expect_complaint();
  EXPECT_EQ(queue_.counts("sample")->waiting, kJobs);
  gate_.open();
  eventually([&] { return all_completed(kJobs); });
  expect_each_once_or_marked(kJobs);
}

TEST_F(GateTest, ASilentNetworkEndsInADeadlineNotInAHang) {
  const auto worker = start_counting();
  add_jobs(1);
  eventually([&] { return all_completed(1); });
  gate_.stall();
  add_jobs(kJobs - 1);
  expect_complaint();
  gate_.open();
  eventually([&] { return all_completed(kJobs); });
  expect_each_once_or_marked(kJobs);
}

TEST_F(GateTest, AStalledWorkerStopsWithinItsDeadlines) {
  auto worker = start_counting();
  add_jobs(1);
  eventually([&] { return all_completed(1); });
  gate_.stall();
  const auto begun = std::chrono::steady_clock::now();
  worker.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
}

/// Of a job that ends among others, and of one that BullMQ's own script ends.
class ResultGateTest : public GateTest, public testing::WithParamInterface<const char*> {
 protected:
  Result<std::string> add_long() {
    JobOptions chosen;
    if (std::string_view(GetParam()) == "Deduplicated") chosen.deduplication = Deduplication{.id = "one"};
    return queue_.add("sample", "long", {}, chosen);
  }
};

TEST_P(ResultGateTest, AResultIsRecordedAfterTheConnectionCameBack) {
  std::atomic<bool> is_running = false;
  std::atomic<bool> may_end = false;
  std::atomic<int> runs = 0;
  auto chosen = through_gate(1);
  chosen.lock_duration = milliseconds(5000);
  const auto worker = start(chosen, plain([&](const Job&) -> Result<json::Value> {
                              ++runs;
                              is_running = true;
                              while (!may_end) std::this_thread::yield();
                              return json::Value("kept");
                            }));
  const auto id = add_long();
  ASSERT_TRUE(id);
  eventually([&] { return is_running.load(); });
  gate_.refuse();
  may_end = true;
  expect_complaint();
  EXPECT_EQ(queue_.counts("sample")->completed, 0);
  gate_.open();
  eventually([&] { return all_completed(1); });
  EXPECT_EQ(field(*id, "returnvalue"), "\"kept\"");
  EXPECT_EQ(runs, 1);
}

TEST_P(ResultGateTest, AConnectionThatIsGoneCostsNoResult) {
  std::atomic<int> runs = 0;
  auto chosen = through_gate(1);
  chosen.lock_duration = milliseconds(5000);
  const auto worker = start(chosen, plain([&](const Job&) -> Result<json::Value> {
                              ++runs;
                              gate_.cut();  // The next command finds out, and connects anew.
                              return json::Value("kept");
                            }));
  const auto id = add_long();
  eventually([&] { return all_completed(1); });
  EXPECT_EQ(field(*id, "returnvalue"), "\"kept\"");
  EXPECT_EQ(field(*id, "ats"), "1");
  EXPECT_EQ(runs, 1);
}

INSTANTIATE_TEST_SUITE_P(Both, ResultGateTest, testing::Values("Plain", "Deduplicated"),
                         [](const auto& kind) { return std::string(kind.param); });

/// At every place of the conversation in turn: within the text of a script, within its arguments, within the answer.
class CutGateTest : public GateTest, public testing::WithParamInterface<TcpGate::Direction> {};

TEST_P(CutGateTest, NoPlaceToCutTheConnectionLosesAJob) {
  const auto worker = start_counting();
  constexpr std::size_t kFirst = 1;
  constexpr std::size_t kStep = 97;
  constexpr std::size_t kRounds = 30;
  int added = 0;
  for (std::size_t round = 0; round < kRounds; ++round) {
    gate_.cut_after(GetParam(), kFirst + round * kStep);
    eventually([&] {
      if (queue_.counts("sample")->waiting == 0) {
        add_jobs(1);
        ++added;
      }
      return gate_.cuts() == round + 1;
    });
  }
  eventually([&] { return all_completed(added); });
  expect_each_once_or_marked(added);
}

INSTANTIATE_TEST_SUITE_P(Both, CutGateTest,
                         testing::Values(TcpGate::Direction::kToServer, TcpGate::Direction::kToClient),
                         [](const auto& direction) {
                           return direction.param == TcpGate::Direction::kToServer ? "ToServer" : "ToClient";
                         });

TEST_F(GateTest, APausedRedisIsWaitedFor) {
  const auto worker = start_counting();
  add_jobs(kJobs);
  server_.pause();
  expect_complaint();
  server_.resume();
  eventually([&] { return all_completed(kJobs); });
  expect_each_once_or_marked(kJobs);
}

TEST_F(GateTest, ARedisThatForgotTheScriptsIsTaughtThemAgain) {
  const auto worker = start_counting();
  add_jobs(1);
  eventually([&] { return all_completed(1); });
  redis::Client client(server_.options());
  ASSERT_TRUE(client.command({"SCRIPT", "FLUSH"}));
  add_jobs(1);
  eventually([&] { return all_completed(2); });
  server_.kill();  // Its append-only file brings the jobs back, but no scripts.
  server_.start();
  add_jobs(kJobs - 2);
  eventually([&] { return all_completed(kJobs); });
  expect_each_once_or_marked(kJobs);
}

}  // namespace
}  // namespace busflow::jobs
