#include <atomic>
#include <mutex>
#include <vector>

#include <platform/jobs/administration.hpp>
#include <platform/jobs/handler_table.hpp>

#include "jobs_fixture.hpp"

namespace busflow::jobs {
namespace {

using std::chrono::milliseconds;
using Names = std::vector<std::string>;

class FeaturesTest : public JobsTest {
 protected:
  std::string add(const std::string& name, const JobOptions& options = {}) {
    const auto id = queue_.add("sample", name, {}, options);
    EXPECT_TRUE(id) << id.error().detail;
    return id.value_or("");
  }
  /// Runs all jobs that are there, one at a time; their names in the order they ran.
  Names run_all() {
    std::mutex mutex;
    Names names;
    const auto worker = start(
        [&](const Job& job) -> Result<json::Value> {
          const std::lock_guard lock(mutex);
          names.push_back(job.name);
          return json::Value();
        },
        1);
    eventually([&] {
      const auto counts = queue_.counts("sample");
      return counts && counts->waiting + counts->prioritized + counts->active + counts->delayed == 0;
    });
    const std::lock_guard lock(mutex);
    return names;
  }
  ErrorName error_of(const std::string& queue, const std::string& name, const json::Object& data,
                     const JobOptions& options) {
    const auto added = queue_.add(queue, name, data, options);
    EXPECT_FALSE(added);
    return added ? ErrorName::kInternal : added.error().name;
  }

  Administration administration_{server_.options(), "bull", clock_};
};

TEST_F(FeaturesTest, RunsInOrderOfPriorityAndLastInFirstOutWhereAsked) {
  add("plain-1");
  add("plain-2");
  add("urgent", {.priority = 1});
  add("less-urgent", {.priority = 20});
  add("last-in", {.lifo = true});
  EXPECT_EQ(run_all(), (Names{"last-in", "plain-1", "plain-2", "urgent", "less-urgent"}));
}

TEST_F(FeaturesTest, AddsInBulkInOneRoundTripAndInOrder) {
  std::vector<NewJob> jobs;
  Names expected;
  for (int i = 0; i < 50; ++i) {
    jobs.push_back({.queue = "sample", .name = std::to_string(i)});
    expected.push_back(std::to_string(i));
  }
  const auto ids = queue_.add_bulk(jobs);
  ASSERT_TRUE(ids) << ids.error().detail;
  EXPECT_EQ(ids->size(), 50U);
  EXPECT_EQ(ids->at(49), "50");
  EXPECT_EQ(run_all(), expected);
}

TEST_F(FeaturesTest, DeduplicatesWhileTheFirstIsKnownOrItsTimeRuns) {
  const auto first = add("report", {.deduplication = Deduplication{.id = "monthly"}});
  EXPECT_EQ(add("report", {.deduplication = Deduplication{.id = "monthly"}}), first);
  EXPECT_EQ(run_all(), Names{"report"});
  EXPECT_NE(add("report", {.deduplication = Deduplication{.id = "monthly"}}), first);
  const auto throttled = add("ping", {.deduplication = Deduplication{.id = "t", .ttl = milliseconds(60000)}});
  run_all();
  EXPECT_EQ(add("ping", {.deduplication = Deduplication{.id = "t", .ttl = milliseconds(60000)}}), throttled);
}

TEST_F(FeaturesTest, FixedBackoffWithJitterStaysWithinItsShare) {
  std::vector<std::chrono::steady_clock::time_point> attempts;
  const auto worker = start(
      [&](const Job&) -> Result<json::Value> {
        attempts.push_back(std::chrono::steady_clock::now());
        return fail(ErrorName::kInternal, "no");
      },
      1);
  add("stubborn", {.attempts = 3, .backoff = Backoff{.type = "fixed", .delay = milliseconds(100), .jitter = 0.5}});
  eventually([&] { return queue_.counts("sample")->failed == 1; });
  ASSERT_EQ(attempts.size(), 3U);
  for (std::size_t i = 1; i < 3; ++i) EXPECT_GE(attempts[i] - attempts[i - 1], milliseconds(49));
}

TEST_F(FeaturesTest, AStrategyOfTheWorkerDecidesWhenToTryAgain) {
  auto options = this->options(1);
  options.backoff_strategies["after-lunch"] = [](const Job&, int attempts_made, const Error& error) {
    EXPECT_EQ(error.detail, "busy");
    return attempts_made < 2 ? std::optional(milliseconds(1)) : std::nullopt;
  };
  const auto worker =
      start(options, plain([](const Job&) -> Result<json::Value> { return fail(ErrorName::kInternal, "busy"); }));
  const auto id = add("custom", {.attempts = 9, .backoff = Backoff{.type = "after-lunch"}});
  eventually([&] { return queue_.counts("sample")->failed == 1; });
  EXPECT_EQ(field(id, "atm"), "2");
  const auto unknown = add("unknown", {.attempts = 9, .backoff = Backoff{.type = "nobody-knows"}});
  eventually([&] { return queue_.counts("sample")->failed == 2; });
  EXPECT_TRUE(field(unknown, "failedReason").contains("nobody-knows"));
}

TEST_F(FeaturesTest, AnUnrecoverableFailureIsNotRepeated) {
  std::atomic<int> runs = 0;
  const auto worker = start(options(1), [&](Attempt&) {
    ++runs;
    return Outcome::unrecoverable(Error{.name = ErrorName::kValidationFailed, .detail = "wrong for ever"});
  });
  const auto id = add("hopeless", {.attempts = 5});
  eventually([&] { return queue_.counts("sample")->failed == 1; });
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(field(id, "failedReason"), "wrong for ever");
}

TEST_F(FeaturesTest, AJobOfAnUnknownNameFailsWithTheNamesThereAre) {
  const auto worker = start(options(1), by_name({{"mail", plain([](const Job&) { return json::Value(); })},
                                                 {"text", plain([](const Job&) { return json::Value(); })}}));
  const auto id = add("fax", {.attempts = 5});
  eventually([&] { return queue_.counts("sample")->failed == 1; });
  EXPECT_EQ(field(id, "failedReason"), "nobody handles jobs named 'fax' here; there are mail, text");
}

TEST_F(FeaturesTest, PostponesAndGivesBackWithoutCountingAnAttempt) {
  std::atomic<int> starts = 0;
  const auto worker = start(options(1), [&](Attempt& attempt) {
    switch (++starts) {
      case 1: return Outcome::postponed(milliseconds(20));
      case 2: return Outcome::given_back();
      case 3: return Outcome::rate_limited(milliseconds(30));
      default: return Outcome::completed(attempt.job.attempts_made);
    }
  });
  const auto id = add("patient");
  eventually([&] { return queue_.counts("sample")->completed == 1; });
  EXPECT_EQ(starts, 4);
  EXPECT_EQ(field(id, "returnvalue"), "0");
  EXPECT_EQ(field(id, "atm"), "1");
  EXPECT_EQ(field(id, "ats"), "4");
}

TEST_F(FeaturesTest, KeepsTheRateOfTheQueue) {
  auto options = this->options(4);
  options.rate_limit = RateLimit{.jobs = 2, .per = milliseconds(150)};
  std::mutex mutex;
  std::vector<std::chrono::steady_clock::time_point> starts;
  for (int i = 0; i < 6; ++i) add("limited");
  const auto worker = start(options, plain([&](const Job&) -> Result<json::Value> {
                              const std::lock_guard lock(mutex);
                              starts.push_back(std::chrono::steady_clock::now());
                              return json::Value();
                            }));
  eventually([&] { return queue_.counts("sample")->completed == 6; });
  std::ranges::sort(starts);
  EXPECT_GE(starts[2] - starts[0], milliseconds(100));
  EXPECT_GE(starts[4] - starts[0], milliseconds(250));
}

TEST_F(FeaturesTest, KeepsTheConcurrencyOfTheQueueOverAllWorkers) {
  ASSERT_TRUE(administration_.set_concurrency("sample", 2));
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  const auto handler = [&](const Job&) -> Result<json::Value> {
    const int now = ++running;
    for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
    }
    const auto until = std::chrono::steady_clock::now() + milliseconds(5);
    while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
    --running;
    return json::Value();
  };
  for (int i = 0; i < 40; ++i) add("counted");
  const auto first = start(handler, 4);
  const auto second = start(handler, 4);
  eventually([&] { return queue_.counts("sample")->completed == 40; });
  EXPECT_EQ(most, 2);
}

TEST_F(FeaturesTest, APausedQueueGivesNothingUntilItIsResumed) {
  add("before");
  ASSERT_TRUE(administration_.pause("sample"));
  EXPECT_EQ(administration_.is_paused("sample"), true);
  add("meanwhile");
  std::atomic<int> runs = 0;
  const auto worker = start([&](const Job&) -> Result<json::Value> {
    ++runs;
    return json::Value();
  });
  add("also-meanwhile");
  EXPECT_EQ(queue_.counts("sample")->waiting, 3);
  EXPECT_EQ(runs, 0);
  ASSERT_TRUE(administration_.resume("sample"));
  eventually([&] { return runs == 3; });
}

TEST_F(FeaturesTest, ResumingBringsBackWhatBullmq5SetAside) {
  add("in-wait");
  redis::Client client(server_.options());
  const auto aside = add("set-aside");
  // BullMQ 5 renames `wait` to `paused`, and adds there while the queue is paused.
  ASSERT_TRUE(client.command({"LREM", "bull:sample:wait", "1", aside}));
  ASSERT_TRUE(client.command({"LPUSH", "bull:sample:paused", aside}));
  ASSERT_TRUE(client.command({"HSET", "bull:sample:meta", "paused", "1"}));
  EXPECT_EQ(queue_.counts("sample")->waiting, 2);
  ASSERT_TRUE(administration_.resume("sample"));
  EXPECT_EQ(run_all().size(), 2U);
}

TEST_F(FeaturesTest, ReportsProgressAndLogs) {
  const auto worker = start(options(1), [](Attempt& attempt) {
    EXPECT_TRUE(attempt.update_progress(json::Object{{"done", 40}}));
    for (const auto* line : {"one", "two", "three"}) EXPECT_TRUE(attempt.log(line));
    return Outcome::completed(true);
  });
  const auto id = add("chatty", {.keep_logs = 2});
  eventually([&] { return queue_.counts("sample")->completed == 1; });
  EXPECT_EQ(field(id, "progress"), R"({"done":40})");
  EXPECT_EQ(administration_.logs("sample", id), (Names{"two", "three"}));
}

TEST_F(FeaturesTest, TheHandlerSeesTraceAndFencingToken) {
  const auto trace = TraceContext::start();
  std::atomic<bool> is_same_trace = false;
  std::atomic<std::int64_t> fence = 0;
  const auto worker = start(options(1), [&](Attempt& attempt) {
    is_same_trace = attempt.context.trace.trace_id == trace.trace_id;
    fence = attempt.context.fencing_token;
    return Outcome::completed(nullptr);
  });
  add("traced", {.trace = trace.to_traceparent()});
  eventually([&] { return queue_.counts("sample")->completed == 1; });
  EXPECT_TRUE(is_same_trace);
  EXPECT_EQ(fence, 1);
}

TEST_F(FeaturesTest, CancelsTheHandlerWhoseLockIsLost) {
  std::atomic<bool> is_running = false;
  std::atomic<bool> was_cancelled = false;
  const auto worker = start(options(1), [&](Attempt& attempt) {
    is_running = true;
    while (!attempt.context.cancellation.stop_requested()) std::this_thread::yield();
    was_cancelled = true;
    return Outcome::completed(nullptr);
  });
  const auto id = add("stolen");
  eventually([&] { return is_running.load(); });
  redis::Client client(server_.options());
  ASSERT_TRUE(client.command({"SET", "bull:sample:" + id + ":lock", "another worker's", "PX", "60000"}));
  eventually([&] { return was_cancelled.load(); });
  EXPECT_EQ(administration_.state("sample", id), JobState::kActive) << "the outcome is the other worker's to say";
}

TEST_F(FeaturesTest, BadInputIsRefusedByNameBeforeAnythingIsWritten) {
  EXPECT_EQ(error_of("a:b", "x", {}, {}), ErrorName::kBadRequest);
  EXPECT_EQ(error_of("", "x", {}, {}), ErrorName::kBadRequest);
  EXPECT_EQ(error_of("sample", "", {}, {}), ErrorName::kBadRequest);
  EXPECT_EQ(error_of("sample", "x", {}, {.job_id = "17"}), ErrorName::kBadRequest);
  EXPECT_EQ(error_of("sample", "x", {}, {.job_id = "a:b"}), ErrorName::kBadRequest);
  EXPECT_EQ(error_of("sample", "x", {}, {.job_id = "delayed"}), ErrorName::kBadRequest);
  EXPECT_EQ(error_of("sample", "x", {}, {.attempts = 0}), ErrorName::kBadRequest);
  EXPECT_EQ(error_of("sample", "x", {}, {.priority = 1 << 21}), ErrorName::kBadRequest);
  EXPECT_EQ(error_of("sample", "x", {}, {.delay = milliseconds(1), .group = "g"}), ErrorName::kBadRequest);
  const auto large = queue_.add("sample", "x", {{"bytes", std::string(1 << 20, 'x')}}, {});
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().name, ErrorName::kPayloadTooLarge);
  EXPECT_TRUE(large.error().detail.contains("1048588 bytes")) << large.error().detail;
  redis::Client client(server_.options());
  EXPECT_EQ(client.command({"DBSIZE"})->integer(), 0);
}

TEST_F(FeaturesTest, SaysThatRedisIsFullAndLosesNothing) {
  const auto before = add("before");
  redis::Client client(server_.options());
  ASSERT_TRUE(client.command({"CONFIG", "SET", "maxmemory-policy", "noeviction"}));
  ASSERT_TRUE(client.command({"CONFIG", "SET", "maxmemory", "1"}));
  EXPECT_EQ(error_of("sample", "too-much", {}, {}), ErrorName::kRedisFull);
  EXPECT_EQ(queue_.add_flow({.job = {.queue = "sample", .name = "tree"}}).error().name, ErrorName::kRedisFull);
  ASSERT_TRUE(client.command({"CONFIG", "SET", "maxmemory", "0"}));
  EXPECT_EQ(queue_.counts("sample")->waiting, 1);
  EXPECT_EQ(run_all(), Names{"before"});
  EXPECT_NE(field(before, "finishedOn"), "");
}

}  // namespace
}  // namespace busflow::jobs
