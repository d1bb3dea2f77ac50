#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <platform/postgres/shared_statement.hpp>
#include <platform/postgres_testkit/test_database.hpp>

namespace busflow::postgres {
namespace {

/// Adds to counters, notes in which transaction and who asked, and returns the sum; fails for amounts over 100.
constexpr Statement kAdd{
    "test.add",
    "WITH wanted AS (SELECT * FROM unnest($1::text[], $2::int[]) WITH ORDINALITY w (name, amount, number)),"
    " noted AS (INSERT INTO log SELECT name, amount, pg_current_xact_id()::text,"
    "    current_setting('busflow.tenant_id', true), current_setting('busflow.role', true), current_user FROM wanted)"
    " UPDATE counters c SET sum = sum + w.amount FROM wanted w WHERE c.name = w.name RETURNING c.sum, w.number"};

class SharedStatementTest : public testing::Test {
 protected:
  SharedStatementTest() {
    database_.run(
        "CREATE TABLE counters (name text PRIMARY KEY, sum int NOT NULL);"
        "CREATE TABLE log (name text, amount int CHECK (amount <= 100), transaction text, tenant text, role text,"
        "  login text);"
        "GRANT ALL ON counters, log TO PUBLIC;"
        "INSERT INTO counters SELECT n::text, 0 FROM generate_series(0, 15) n");
  }

  Context context(Session session = {}) {
    return {.clock = clock_, .identifiers = identifiers_, .session = std::move(session)};
  }
  /// Runs `work(thread)` on 16 threads.
  template <class Work>
  static void on_threads(Work work) {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 16; ++thread) threads.emplace_back([work, thread] { work(thread); });
  }

  testkit::TestDatabase database_;
  SystemClock clock_;
  RandomIdentifierSource identifiers_;
  Pool pool_{{.connection = database_.service()}};
  SharedStatement add_{pool_, "", kAdd};
};

TEST_F(SharedStatementTest, EachThreadGetsItsOwnRowAndTransactionsAreFewer) {
  constexpr int kRounds = 50;
  std::atomic<int> wrong = 0;
  on_threads([&](int thread) {
    for (int round = 1; round <= kRounds; ++round) {
      auto mine = context();
      const auto row = add_.execute(mine, {std::to_string(thread), "1"});
      if (!row || row->size() != 1 || row->integer(0, 0) != round) ++wrong;
    }
  });
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(database_.value("SELECT count(*) FROM log"), std::to_string(16 * kRounds));
  EXPECT_LT(std::stoi(database_.value("SELECT count(DISTINCT transaction) FROM log")), 16 * kRounds / 2);
}

TEST_F(SharedStatementTest, WhoeverAsksForNothingGetsNothing) {
  std::atomic<int> wrong = 0;
  on_threads([&](int thread) {
    auto mine = context();
    const auto row = add_.execute(mine, {thread % 2 == 0 ? "nobody" : std::to_string(thread), "1"});
    if (!row || row->size() != static_cast<std::size_t>(thread % 2)) ++wrong;
  });
  EXPECT_EQ(wrong, 0);
}

TEST_F(SharedStatementTest, AFailureIsItsOwnersTrouble) {
  std::atomic<int> wrong = 0;
  on_threads([&](int thread) {
    for (int round = 0; round < 10; ++round) {
      auto mine = context();
      const auto row = add_.execute(mine, {std::to_string(thread), thread == 0 ? "101" : "1"});
      const bool is_right = thread == 0 ? !row && row.error().name == ErrorName::kCheckViolation : row && !row->empty();
      if (!is_right) ++wrong;
    }
  });
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(database_.value("SELECT sum(sum) FROM counters"), "150");
}

TEST_F(SharedStatementTest, WhoeverHasASessionIsAlone) {
  std::atomic<int> wrong = 0;
  on_threads([&](int thread) {
    auto mine = context(thread % 2 == 0 ? Session("busflow_staff", {})
                                        : Session("driver", {{"x-hasura-tenant-id", std::to_string(thread)}}));
    if (!add_.execute(mine, {std::to_string(thread), "1"})) ++wrong;
  });
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(database_.value("SELECT count(*) FROM log WHERE tenant = name AND role = 'driver'"), "8");
  // Shared executions have no role, as their callers may differ in it.
  EXPECT_EQ(database_.value("SELECT count(*) FROM log WHERE tenant = '' AND role = ''"), "8");
}

TEST_F(SharedStatementTest, AnOutageIsReportedToAll) {
  Pool nowhere{{.connection = {.host = "127.0.0.1", .port = 1}}, {.retries = 0}};
  SharedStatement add(nowhere, "", kAdd);
  std::atomic<int> unavailable = 0;
  on_threads([&](int thread) {
    auto mine = context();
    const auto row = add.execute(mine, {std::to_string(thread), "1"});
    if (!row && row.error().name == ErrorName::kDatabaseUnavailable) ++unavailable;
  });
  EXPECT_EQ(unavailable, 16);
}

}  // namespace
}  // namespace busflow::postgres
