#include <platform/change_feed/feed.hpp>

#include <condition_variable>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <platform/postgres/connection.hpp>
#include <platform/postgres_testkit/test_cluster.hpp>
#include <platform/postgres_testkit/test_database.hpp>

namespace busflow::change_feed {
namespace {

constexpr std::chrono::seconds kPatience{20};

class FeedTest : public testing::Test {
 protected:
  FeedTest() { database_.run("CREATE TABLE a (id integer PRIMARY KEY, text text); CREATE TABLE b (id integer)"); }

  std::unique_ptr<Feed> make(postgres::ConnectionOptions connection, std::chrono::milliseconds rest_after = kPatience) {
    auto feed = std::make_unique<Feed>(FeedOptions{.connection = std::move(connection),
                                                   .confirm_every = std::chrono::milliseconds(50),
                                                   .retry_first = std::chrono::milliseconds(20),
                                                   .rest_after = rest_after},
                                       logger_, metrics_);
    feed->observe({.on_change =
                       [this](const Changes& changes) {
                         const std::lock_guard lock(mutex_);
                         heard_.push_back(changes);
                         changed_.notify_all();
                       },
                   .on_mode =
                       [this](Mode mode) {
                         const std::lock_guard lock(mutex_);
                         modes_.push_back(mode);
                         changed_.notify_all();
                       }});
    feed->start();
    return feed;
  }

  bool wait_until(const std::function<bool()>& holds) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, holds);
  }
  /// The next change; "everything" or the names of tables.
  std::string next() {
    if (!wait_until([&] { return !heard_.empty(); })) return "nothing";
    const std::lock_guard lock(mutex_);
    const Changes changes = heard_.front();
    heard_.erase(heard_.begin());
    if (changes.everything) return "everything";
    std::string names;
    for (const auto& table : changes.tables) names += (names.empty() ? "" : " ") + table.name;
    return names;
  }
  bool wait_for_mode(Mode mode) {
    return wait_until([&] { return modes_.back() == mode; });
  }
  std::string slots() const {
    return database_.value(
        fmt::format("SELECT count(*) FROM pg_replication_slots WHERE database = '{}'", database_.name()));
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Changes> heard_;
  std::vector<Mode> modes_;
  std::string log_;
  telemetry::Logger logger_{"test", telemetry::Level::kInfo, [this](std::string_view line) {
                              const std::lock_guard lock(mutex_);
                              log_.append(line).append("\n");
                              changed_.notify_all();
                            }};
  telemetry::Metrics metrics_;
  testkit::TestDatabase database_;
};

TEST_F(FeedTest, TellsTheTablesOfEachTransaction) {
  const auto feed = make(database_.change_feed());
  EXPECT_EQ(next(), "everything");
  EXPECT_EQ(feed->mode(), Mode::kReplication);
  database_.run("INSERT INTO a VALUES (1, 'x')");
  EXPECT_EQ(next(), "a");
  database_.run("BEGIN; INSERT INTO b VALUES (1); UPDATE a SET text = 'y'; DELETE FROM b; COMMIT");
  EXPECT_EQ(next(), "a b");
  database_.run("BEGIN; INSERT INTO b VALUES (2); ROLLBACK; TRUNCATE a, b");
  EXPECT_EQ(next(), "a b");
}

TEST_F(FeedTest, TheServerHearsHowFarItIsAndGoesOn) {
  const auto feed = make(database_.change_feed());
  EXPECT_EQ(next(), "everything");
  const auto confirmed = [&] {
    return database_.value("SELECT count(flush_lsn) FROM pg_stat_replication WHERE application_name = 'busflow'");
  };
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (confirmed() != "1" && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  ASSERT_EQ(confirmed(), "1");
  for (int i = 0; i < 5; ++i) {
    database_.run(fmt::format("INSERT INTO a VALUES ({}, 'x')", i));
    EXPECT_EQ(next(), "a");
  }
}

TEST_F(FeedTest, ATableMadeLaterMayBePartOfAnything) {
  const auto feed = make(database_.change_feed());
  EXPECT_EQ(next(), "everything");
  database_.run("CREATE TABLE c (id integer)");
  database_.run("INSERT INTO c VALUES (1)");
  EXPECT_EQ(next(), "everything");
  database_.run("INSERT INTO c VALUES (2)");
  EXPECT_EQ(next(), "c");
}

TEST_F(FeedTest, AfterALostConnectionEverythingMayHaveChanged) {
  const auto feed = make(database_.change_feed());
  EXPECT_EQ(next(), "everything");
  database_.run("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active");
  EXPECT_EQ(next(), "everything");
  EXPECT_EQ(modes_, (std::vector<Mode>{Mode::kPolling, Mode::kReplication, Mode::kPolling, Mode::kReplication}));
  database_.run("INSERT INTO a VALUES (1, 'x')");
  EXPECT_EQ(next(), "a");
}

TEST_F(FeedTest, ARestartedServerIsFoundAgain) {
  const auto feed = make(database_.change_feed());
  EXPECT_EQ(next(), "everything");
  testkit::TestCluster::instance().restart();
  EXPECT_EQ(next(), "everything");
  database_.run("INSERT INTO a VALUES (1, 'x')");
  EXPECT_EQ(next(), "a");
}

TEST_F(FeedTest, WithoutTheRightItPollsAndSaysWhatIsMissing) {
  const auto feed = make(database_.graphql());
  const auto says = [&] { return log_.find("needs LOGIN and REPLICATION") != std::string::npos; };
  EXPECT_TRUE(wait_until(says)) << log_;
  EXPECT_EQ(feed->mode(), Mode::kPolling);
  EXPECT_EQ(modes_, std::vector{Mode::kPolling});
}

TEST_F(FeedTest, LeavesNoSlotBehind) {
  {
    const auto feed = make(database_.change_feed());
    EXPECT_EQ(next(), "everything");
    EXPECT_EQ(slots(), "1");
  }
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (slots() != "0" && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  EXPECT_EQ(slots(), "0");
}

TEST_F(FeedTest, RestsWhileNobodyIsInterestedAlsoUnderWrites) {
  const auto feed = make(database_.change_feed(), std::chrono::milliseconds(100));
  EXPECT_EQ(next(), "everything");
  // The gauge says what is possible, so that nobody is woken for a night without live queries.
  const auto is_possible = [&] { return metrics_.render().find("change_feed_live 1") != std::string::npos; };
  for (int i = 0; feed->mode() == Mode::kReplication && i < 10000; ++i)
    database_.run(fmt::format("INSERT INTO a VALUES ({}, 'x')", i));
  EXPECT_TRUE(wait_for_mode(Mode::kPolling));
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while ((slots() != "0" || !is_possible()) && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  EXPECT_EQ(slots(), "0");
  EXPECT_TRUE(is_possible());
  database_.run("TRUNCATE a");
  {
    const std::lock_guard lock(mutex_);
    heard_.clear();
  }
  const Feed::Interest interest(*feed);
  EXPECT_EQ(next(), "everything");
  // Longer than it takes to notice that nobody is interested.
  for (const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
       std::chrono::steady_clock::now() < end;) {
    database_.run("INSERT INTO b VALUES (1)");
    ASSERT_EQ(next(), "b") << "it does not rest while somebody is interested";
  }
}

TEST_F(FeedTest, AStopDoesNotWaitForTransactionsOfOthers) {
  auto open = postgres::Connection::open(database_.superuser()).value();
  open->run("BEGIN; INSERT INTO a VALUES (7, 'uncommitted')").value();
  auto feed = make(database_.change_feed());  // A slot needs those that are open to end first.
  feed->stop();
  open->run("ROLLBACK").value();
  EXPECT_EQ(modes_, std::vector{Mode::kPolling});
}

}  // namespace
}  // namespace busflow::change_feed
