#include <random>
#include <set>
#include <thread>

#include <platform/jobs/administration.hpp>
#include <platform/jobs/scheduler.hpp>

#include "jobs_fixture.hpp"

namespace busflow::jobs {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr WallTime kStart{std::chrono::sys_days(std::chrono::October / 24 / 2026) + hours(12)};

/// Time stands still until a test moves it, for schedulers and workers alike.
class SchedulerTest : public JobsTest {
 protected:
  std::optional<std::string> upsert(const Recurrence& recurrence, const std::string& id = "nightly") {
    const auto next = schedulers_.upsert("sample", id, recurrence, {.name = "report", .data = {{"x", 1}}});
    EXPECT_TRUE(next) << next.error().detail;
    return next.value_or(std::nullopt);
  }
  std::int64_t pending() {
    const auto counts = queue_.counts("sample");
    return counts->delayed + counts->waiting + counts->prioritized;
  }
  std::vector<std::string> pending_ids() {
    redis::Client client(server_.options());
    std::vector<std::string> ids;
    for (const auto& item : client.command({"ZRANGE", "bull:sample:delayed", "0", "-1"})->array())
      ids.push_back(item.text());
    for (const auto& item : client.command({"LRANGE", "bull:sample:wait", "0", "-1"})->array())
      ids.push_back(item.text());
    return ids;
  }

  ManualClock manual_{kStart};
  SchedulerClient schedulers_{server_.options(), "bull", manual_};
};

TEST_F(SchedulerTest, MakesOneJobAtATimeAndTheNextWhenItStarts) {
  ASSERT_TRUE(upsert({.pattern = "0 3 * * *", .time_zone = "Europe/Berlin"}));
  EXPECT_EQ(pending_ids(), std::vector<std::string>{"repeat:nightly:1792893600000"});  // 25 October 2026, 02:00 UTC
  std::atomic<int> runs = 0;
  Worker worker(options(1), plain([&](const Job& job) -> Result<json::Value> {
                  EXPECT_EQ(job.name, "report");
                  ++runs;
                  return json::Value();
                }),
                {manual_, identifiers_, logger_, metrics_});
  worker.start();
  // The night in which the clocks change, and the next: 02:00 UTC both.
  for (const int day : {1, 2, 3}) {
    manual_.advance(hours(day == 1 ? 14 : 24));
    eventually([&] { return runs == day; });
    eventually([&] { return pending() == 1; });
  }
  worker.stop();
  EXPECT_EQ(pending_ids(), std::vector<std::string>{"repeat:nightly:1793152800000"});
  const auto states = schedulers_.list("sample");
  ASSERT_TRUE(states);
  ASSERT_EQ(states->size(), 1U);
  EXPECT_EQ(states->front().pattern, "0 3 * * *");
  EXPECT_EQ(states->front().iterations, 4);
}

TEST_F(SchedulerTest, UpsertingAgainAndAgainFromManyNodesLeavesOnePendingJob) {
  std::vector<std::jthread> nodes;
  for (int node = 0; node < 6; ++node) {
    nodes.emplace_back([this] {
      SchedulerClient own(server_.options(), "bull", manual_);
      for (int round = 0; round < 10; ++round) {
        ASSERT_TRUE(own.upsert("sample", "nightly", {.pattern = "0 3 * * *"}, {.name = "report"}));
        ASSERT_TRUE(own.upsert("sample", "often", {.every = minutes(5)}, {.name = "report"}));
      }
    });
  }
  nodes.clear();
  EXPECT_EQ(pending(), 2);
}

TEST_F(SchedulerTest, APausedQueueStillHasOnePendingJobAfterAnUpsert) {
  ASSERT_TRUE(upsert({.every = minutes(5)}));  // Its first job waits already.
  Administration administration(server_.options(), "bull", manual_);
  ASSERT_TRUE(administration.pause("sample"));
  ASSERT_TRUE(upsert({.every = minutes(5)}));
  ASSERT_TRUE(upsert({.every = minutes(5)}));
  EXPECT_EQ(pending(), 1);
}

TEST_F(SchedulerTest, EndsWithItsLimitAndItsEnd) {
  upsert({.every = milliseconds(1000), .limit = 3});
  std::atomic<int> runs = 0;
  Worker worker(options(1), plain([&](const Job&) -> Result<json::Value> {
                  ++runs;
                  return json::Value();
                }),
                {manual_, identifiers_, logger_, metrics_});
  worker.start();
  for (int second = 0; second < 3; ++second) {
    eventually([&] { return runs == second + 1; });
    manual_.advance(milliseconds(1000));
  }
  manual_.advance(hours(1));
  worker.stop();
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(pending(), 0);
  EXPECT_EQ(schedulers_.upsert("sample", "over", {.pattern = "* * * * *", .end = kStart - hours(1)}, {.name = "x"})
                .error()
                .name,
            ErrorName::kBadRequest);
}

TEST_F(SchedulerTest, AnIntervalWithAFractionFromAnotherClientDoesNotStopTheWorker) {
  upsert({.every = milliseconds(1000), .limit = 2});
  redis::Client client(server_.options());
  const auto key = "bull:sample:" + pending_ids().at(0);
  auto options = json::parse(client.command({"HGET", key, "opts"})->text())->as_object();
  options["repeat"].as_object()["every"] = 1000.5;
  ASSERT_TRUE(client.command({"HSET", key, "opts", json::serialize(options)}));
  std::atomic<int> runs = 0;
  Worker worker(this->options(1), plain([&](const Job&) -> Result<json::Value> {
                  ++runs;
                  return json::Value();
                }),
                {manual_, identifiers_, logger_, metrics_});
  worker.start();
  eventually([&] { return runs == 1; });
  eventually([&] { return pending() == 1; });
}

TEST_F(SchedulerTest, CanBeRemoved) {
  upsert({.pattern = "0 3 * * *"});
  EXPECT_EQ(schedulers_.remove("sample", "nightly"), true);
  EXPECT_EQ(schedulers_.remove("sample", "nightly"), false);
  EXPECT_EQ(pending(), 0);
}

TEST_F(SchedulerTest, SaysWhatIsWrong) {
  const auto error = [&](const Recurrence& recurrence) {
    const auto result = schedulers_.upsert("sample", "x", recurrence, {.name = "x"});
    return result ? std::string("no error") : result.error().detail;
  };
  EXPECT_EQ(error({}), "a scheduler needs either a pattern or an interval");
  EXPECT_EQ(error({.pattern = "* * * * *", .every = minutes(1)}), "a scheduler needs either a pattern or an interval");
  EXPECT_TRUE(error({.pattern = "61 * * * *"}).contains("not between 0 and 59"));
  EXPECT_TRUE(error({.pattern = "* * * * *", .time_zone = "Mars"}).contains("no time zone"));
}

/// Whatever the clock does, and however many nodes upsert at once: never two pending jobs, never two for the same time,
/// and time goes on.
TEST_F(SchedulerTest, HoldsItsPromisesUnderJumpingClocks) {
  std::mt19937 chance(20261024);
  std::atomic<std::int64_t> runs = 0;
  std::mutex mutex;
  std::set<std::string> ids;
  Worker worker(options(2), plain([&](const Job& job) -> Result<json::Value> {
                  const std::lock_guard lock(mutex);
                  EXPECT_TRUE(ids.insert(job.id).second) << job.id << " ran twice";
                  ++runs;
                  return json::Value();
                }),
                {manual_, identifiers_, logger_, metrics_});
  worker.start();
  const Recurrence recurrence{.pattern = "*/20 * * * *", .time_zone = "Europe/Berlin"};
  for (int round = 0; round < 60; ++round) {
    const auto before = runs.load();
    if (round % 7 == 0) {
      std::jthread other([&] {
        SchedulerClient own(server_.options(), "bull", manual_);
        // The next time's id may exist already while its job runs: an error that says so, and nothing doubled.
        static_cast<void>(own.upsert("sample", "nightly", recurrence, {.name = "report"}));
      });
      static_cast<void>(schedulers_.upsert("sample", "nightly", recurrence, {.name = "report"}));
    }
    ASSERT_LE(pending(), 1);
    const int jump = static_cast<int>(chance() % 90);
    manual_.advance(round % 11 == 10 ? minutes(-30) : minutes(jump));
    if (round % 11 != 10 && jump > 21) eventually([&] { return runs > before || pending() == 0; });
  }
  manual_.advance(hours(1));
  eventually([&] { return pending() == 1; });
  worker.stop();
  EXPECT_GE(runs, 10);  // How many of the rounds had one depends on how quick the worker is.
}

}  // namespace
}  // namespace busflow::jobs
