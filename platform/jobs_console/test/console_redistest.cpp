#include <sstream>
#include <thread>

#include <gtest/gtest.h>

#include <platform/jobs/worker.hpp>
#include <platform/jobs_console/console.hpp>
#include <platform/json/json.hpp>
#include <platform/redis_testkit/test_redis.hpp>

namespace busflow::jobs_console {
namespace {

class ConsoleTest : public testing::Test {
 protected:
  /// A queue "mail" with a job that failed for good ("dead"), one delayed ("later") and one that waits ("next").
  ConsoleTest() {
    EXPECT_TRUE(queues_.add("mail", "send", {{"to", "a"}}, {.job_id = "dead"}));
    jobs::Worker worker({.redis = server_.options(), .queue = "mail", .concurrency = 1},
                        [](jobs::Attempt& attempt) -> jobs::Outcome {
                          EXPECT_TRUE(attempt.log("knocked"));
                          return jobs::Outcome::failed(Error{.name = ErrorName::kInternal, .detail = "nobody home"});
                        },
                        {clock_, identifiers_, logger_, metrics_});
    worker.start();
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (queues_.counts("mail")->failed == 0 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    worker.stop();
    EXPECT_TRUE(queues_.add("mail", "send", {}, {.job_id = "later", .delay = std::chrono::hours(1)}));
    EXPECT_TRUE(queues_.add("mail", "send", {}, {.job_id = "next"}));
  }

  Console console(bool as_json = false) { return {server_.options(), "bull", clock_, output_, as_json}; }
  std::string said() {
    auto text = output_.str();
    output_.str("");
    return text;
  }

  testkit::TestRedis server_;
  SystemClock clock_;
  RandomIdentifierSource identifiers_;
  telemetry::Logger logger_{"test", telemetry::Level::kError, [](std::string_view) {}};
  telemetry::Metrics metrics_;
  jobs::QueueClient queues_{server_.options(), "bull", clock_};
  std::ostringstream output_;
};

TEST_F(ConsoleTest, ListsQueuesAndJobsForPeopleAndForPrograms) {
  ASSERT_TRUE(console().list());
  const auto table = said();
  EXPECT_TRUE(table.contains("QUEUE   WAITING   ACTIVE  DELAYED COMPLETED   FAILED")) << table;
  EXPECT_TRUE(table.contains("mail          1        0        1         0        1")) << table;
  ASSERT_TRUE(console(true).list());
  const auto items = json::parse(said());
  ASSERT_TRUE(items);
  EXPECT_EQ(items->at(0).at("failed"), 1);
  ASSERT_TRUE(console().list_jobs("mail", "failed", 10));
  EXPECT_TRUE(said().starts_with("dead  send  1/1 attempts  0 s ago  nobody home"));
  ASSERT_TRUE(console().list_jobs("mail", "completed", 10));
  EXPECT_EQ(said(), "no job of mail is completed\n");
}

TEST_F(ConsoleTest, ShowsAJobWithItsLogAndItsFailure) {
  ASSERT_TRUE(console().show("mail", "dead"));
  const auto page = said();
  for (const auto* text : {"job        dead of mail", "state      failed", "failed     nobody home",
                           "log        knocked", R"(data       {"to":"a"})"}) {
    EXPECT_TRUE(page.contains(text)) << text << "\n" << page;
  }
  ASSERT_TRUE(console(true).show("mail", "dead"));
  EXPECT_EQ(json::parse(said())->at("state"), "failed");
}

TEST_F(ConsoleTest, MendsWhatWentWrong) {
  ASSERT_TRUE(console().retry("mail", "dead"));
  ASSERT_TRUE(console().promote("mail", ""));
  EXPECT_EQ(queues_.counts("mail")->waiting, 3);
  ASSERT_TRUE(console().pause("mail"));
  said();
  ASSERT_TRUE(console().list());
  EXPECT_TRUE(said().contains("paused"));
  ASSERT_TRUE(console().resume("mail"));
  ASSERT_TRUE(console().remove("mail", "next"));
  ASSERT_TRUE(console().drain("mail", true));
  EXPECT_EQ(queues_.counts("mail")->waiting, 0);
}

TEST_F(ConsoleTest, CleansByStateAndAge) {
  ASSERT_TRUE(console().clean("mail", "failed", std::chrono::hours(1), 0));
  EXPECT_EQ(said(), "0 jobs of mail that were failed are removed\n");
  ASSERT_TRUE(console().clean("mail", "failed", std::chrono::seconds(0), 0));
  EXPECT_EQ(said(), "1 jobs of mail that were failed are removed\n");
}

TEST_F(ConsoleTest, SaysWhatIsNotThere) {
  EXPECT_EQ(console().show("fax", "1").error().detail, "there is no queue 'fax'; there are: mail");
  EXPECT_EQ(console().show("mail", "1").error().detail, "queue mail has no job 1");
  EXPECT_EQ(console().retry("mail", "next").error().name, ErrorName::kStateConflict);
  EXPECT_EQ(console().promote("mail", "next").error().name, ErrorName::kStateConflict);
  EXPECT_TRUE(console().list_jobs("mail", "lost", 1).error().detail.contains("there are waiting, active"));
}

TEST_F(ConsoleTest, WatchesUntilItIsStopped) {
  std::stop_source stop;
  stop.request_stop();
  ASSERT_TRUE(console().watch(std::chrono::hours(1), true, stop.get_token()));
  EXPECT_EQ(said(), "");
  std::stop_source later;
  auto watching = console(true);
  std::jthread thread([&] { EXPECT_TRUE(watching.watch(std::chrono::hours(1), true, later.get_token())); });
  later.request_stop();
}

}  // namespace
}  // namespace busflow::jobs_console
