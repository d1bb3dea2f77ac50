#include <chrono>
#include <future>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <platform/postgres/pipeline.hpp>
#include <platform/postgres_testkit/test_database.hpp>
#include <platform/runtime/io_threads.hpp>

namespace busflow::postgres {
namespace {

using Answer = std::future<Result<Rows>>;

class PipelineTest : public testing::Test {
 protected:
  PipelineTest() : loops_(1, [](std::string_view what) { ADD_FAILURE() << what; }) {
    // Made and destroyed on its loop's thread, as its contract asks.
    loops_.start();
    on_loop([this] {
      pipeline_ = std::make_unique<Pipeline>(loops_.at(0), PipelineOptions{.connection = database_.superuser()});
    });
  }
  ~PipelineTest() override {
    on_loop([this] { pipeline_.reset(); });
  }

  void on_loop(const std::function<void()>& work) {
    boost::asio::post(loops_.at(0), std::packaged_task<void()>(work)).get();
  }

  static std::shared_ptr<const PipelineStatement> statement(std::string text) {
    return std::make_shared<const PipelineStatement>(PipelineStatement{next_pipeline_statement_id(), std::move(text)});
  }

  Answer ask(std::shared_ptr<const PipelineStatement> what, Parameters parameters = {}, std::string tenant = {},
             SteadyTime deadline = SteadyTime::max(),
             std::optional<std::chrono::milliseconds> statement_timeout = std::nullopt) {
    return boost::asio::co_spawn(
        loops_.at(0),
        pipeline_->execute(std::move(what), std::move(parameters), std::move(tenant), deadline, statement_timeout),
        boost::asio::use_future);
  }

  TransactionOutcome transact(std::vector<PipelineCall> calls) {
    return boost::asio::co_spawn(loops_.at(0), pipeline_->transact(std::move(calls), {}, SteadyTime::max()),
                                 boost::asio::use_future)
        .get();
  }
  /// One transaction for each, all waiting before the first is sent.
  std::vector<TransactionOutcome> transact_together(const std::vector<PipelineCall>& calls, Sharing sharing,
                                                    const std::vector<std::string>& tenants = {}) {
    std::vector<std::future<TransactionOutcome>> answers;
    on_loop([&] {
      for (std::size_t i = 0; i < calls.size(); ++i) {
        answers.push_back(
            boost::asio::co_spawn(loops_.at(0),
                                  pipeline_->transact({calls[i]}, tenants.empty() ? "" : tenants[i % tenants.size()],
                                                      SteadyTime::max(), sharing),
                                  boost::asio::use_future));
      }
    });
    std::vector<TransactionOutcome> outcomes;
    for (auto& answer : answers) outcomes.push_back(answer.get());
    return outcomes;
  }
  static std::vector<PipelineCall> inserts(const std::vector<int>& ids) {
    const auto insert = statement("INSERT INTO t (id) VALUES ($1::integer) RETURNING id");
    std::vector<PipelineCall> calls;
    for (const int id : ids) calls.push_back({insert, {std::to_string(id)}});
    return calls;
  }

  static PipelineCall call(std::string text, Parameters parameters = {}) {
    return {statement(std::move(text)), std::move(parameters)};
  }

  testkit::TestDatabase database_;
  runtime::IoThreads loops_;
  std::unique_ptr<Pipeline> pipeline_;
};

TEST_F(PipelineTest, ThousandsOfRequestsGetTheirOwnAnswers) {
  const auto twice = statement("SELECT $1::int * 2");
  const auto text = statement("SELECT $1::text");
  std::vector<Answer> answers;
  for (int i = 0; i < 2000; ++i)
    answers.push_back(i % 2 == 0 ? ask(twice, {std::to_string(i)}) : ask(text, {std::to_string(i)}));
  for (int i = 0; i < 2000; ++i) {
    const auto rows = answers[i].get();
    ASSERT_TRUE(rows) << rows.error().detail;
    EXPECT_EQ(rows->text(0, 0), std::to_string(i % 2 == 0 ? i * 2 : i));
  }
}

TEST_F(PipelineTest, TenantsNeverMix) {
  const auto tenant = statement("SELECT coalesce(nullif(current_setting('busflow.tenant_id', true), ''), 'none')");
  std::vector<Answer> answers;
  const std::vector<std::string> names{"a", "a", "", "b", "", "", "a", "b"};
  for (int i = 0; i < 800; ++i) answers.push_back(ask(tenant, {}, names[i % names.size()]));
  for (int i = 0; i < 800; ++i) {
    const auto& expected = names[i % names.size()];
    EXPECT_EQ(answers[i].get()->text(0, 0), expected.empty() ? "none" : expected) << i;
  }
}

TEST_F(PipelineTest, AnErrorDoesNotDisturbItsNeighbours) {
  const auto divide = statement("SELECT 100 / $1::int");
  const auto wrong = statement("SELECT * FROM nowhere");
  const auto number = statement("SELECT $1::int");
  std::vector<Answer> answers;
  for (int i = 0; i < 300; ++i) {
    if (i % 10 == 3) {
      answers.push_back(ask(divide, {"0"}));
    } else if (i % 10 == 7) {
      answers.push_back(ask(wrong));
    } else {
      answers.push_back(ask(number, {std::to_string(i)}, std::to_string(i)));
    }
  }
  for (int i = 0; i < 300; ++i) {
    const auto rows = answers[i].get();
    if (i % 10 == 3) {
      ASSERT_FALSE(rows);
      EXPECT_EQ(rows.error().name, ErrorName::kDataException);
      EXPECT_EQ(rows.error().detail, "division by zero");
    } else if (i % 10 == 7) {
      ASSERT_FALSE(rows);
      EXPECT_NE(rows.error().detail.find("nowhere"), std::string::npos) << rows.error().detail;
    } else {
      ASSERT_TRUE(rows) << rows.error().detail;
      EXPECT_EQ(rows->text(0, 0), std::to_string(i));
    }
  }
}

TEST_F(PipelineTest, ATransactionsCallsSeeEachOther) {
  database_.run("CREATE TABLE item (id int PRIMARY KEY)");
  const auto outcome = transact({call("INSERT INTO item VALUES ($1::int)", {"1"}),
                                 call("INSERT INTO item SELECT id + 1 FROM item"), call("SELECT max(id) FROM item")});
  ASSERT_FALSE(outcome.error) << outcome.error->detail;
  ASSERT_EQ(outcome.rows.size(), 3U);
  EXPECT_EQ(outcome.rows[2].text(0, 0), "2");
  EXPECT_EQ(database_.value("SELECT count(*) FROM item"), "2");
}

TEST_F(PipelineTest, AFailedTransactionChangesNothingAndNamesTheCall) {
  database_.run("CREATE TABLE item (id int PRIMARY KEY)");
  auto before = ask(statement("SELECT 1"));
  const auto outcome =
      transact({call("INSERT INTO item VALUES (1)"), call("INSERT INTO item VALUES (1)"), call("SELECT 1")});
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->name, ErrorName::kConstraintViolation);
  EXPECT_EQ(outcome.failed_call, 1U);
  EXPECT_EQ(database_.value("SELECT count(*) FROM item"), "0");
  EXPECT_TRUE(before.get());
  EXPECT_TRUE(ask(statement("SELECT 1")).get());
}

TEST_F(PipelineTest, WhatTheCommitRefusesIsAnError) {
  database_.run(
      "CREATE TABLE parent (id int PRIMARY KEY);"
      "CREATE TABLE child (parent int REFERENCES parent DEFERRABLE INITIALLY DEFERRED)");
  const auto outcome = transact({call("INSERT INTO child VALUES (7)")});
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->name, ErrorName::kConstraintViolation);
  EXPECT_EQ(outcome.failed_call, 1U);
  EXPECT_EQ(database_.value("SELECT count(*) FROM child"), "0");
  EXPECT_TRUE(ask(statement("SELECT 1")).get());
}

TEST_F(PipelineTest, TransactionsThatMayShareAreOneAndGetTheirOwnRows) {
  database_.run("CREATE TABLE t (id integer PRIMARY KEY, by bigint DEFAULT txid_current())");
  const std::vector<int> ids{1, 2, 3, 4, 5, 6, 7, 8};
  const auto outcomes = transact_together(inserts(ids), Sharing::kShared);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    ASSERT_FALSE(outcomes[i].error);
    EXPECT_EQ(outcomes[i].rows.at(0).text(0, 0), std::to_string(ids[i]));
  }
  EXPECT_EQ(database_.value("SELECT count(*) || ' ' || count(DISTINCT by) FROM t"), "8 1");
  database_.run("TRUNCATE t");
  transact_together(inserts(ids), Sharing::kAlone);
  EXPECT_EQ(database_.value("SELECT count(*) || ' ' || count(DISTINCT by) FROM t"), "8 8");
}

TEST_F(PipelineTest, OneThatFailsDoesNotUndoThoseItShared) {
  database_.run("CREATE TABLE t (id integer PRIMARY KEY)");
  const auto outcomes = transact_together(inserts({1, 2, 3, 2, 5}), Sharing::kShared);
  ASSERT_TRUE(outcomes[3].error);
  EXPECT_EQ(outcomes[3].error->name, ErrorName::kConstraintViolation);
  EXPECT_EQ(outcomes[3].failed_call, 0U);
  for (const std::size_t good : {0U, 1U, 2U, 4U}) {
    ASSERT_FALSE(outcomes[good].error);
    EXPECT_EQ(outcomes[good].rows.size(), 1U) << "the rows of the attempt that was undone are not there";
  }
  EXPECT_EQ(database_.value("SELECT string_agg(id::text, ' ' ORDER BY id) FROM t"), "1 2 3 5");
}

TEST_F(PipelineTest, WhatTheSharedCommitRefusesIsTheErrorOfTheOneToBlame) {
  database_.run(
      "CREATE TABLE p (id integer PRIMARY KEY); INSERT INTO p VALUES (1), (2);"
      "CREATE TABLE t (id integer REFERENCES p DEFERRABLE INITIALLY DEFERRED)");
  const auto outcomes = transact_together(inserts({1, 9, 2}), Sharing::kShared);
  EXPECT_FALSE(outcomes[0].error);
  ASSERT_TRUE(outcomes[1].error);
  EXPECT_EQ(outcomes[1].failed_call, 1U) << "of the commit";
  EXPECT_FALSE(outcomes[2].error);
  EXPECT_EQ(database_.value("SELECT string_agg(id::text, ' ' ORDER BY id) FROM t"), "1 2");
}

TEST_F(PipelineTest, SharedTransactionsAreOfOneTenant) {
  database_.run(
      "CREATE TABLE t (id integer, tenant text DEFAULT current_setting('busflow.tenant_id'), by bigint DEFAULT "
      "txid_current())");
  transact_together(inserts({1, 2, 3, 4}), Sharing::kShared, {"a", "b"});
  EXPECT_EQ(database_.value("SELECT string_agg(tenant, '' ORDER BY id) || count(DISTINCT by) FROM t"), "abab4");
}

TEST_F(PipelineTest, AnUnknownPreparedStatementIsPreparedAgain) {
  database_.run("CREATE TABLE item (id int)");
  const auto insert = call("INSERT INTO item VALUES (1)");
  ASSERT_FALSE(transact({insert}).error);
  ASSERT_TRUE(ask(statement("DEALLOCATE ALL")).get());
  EXPECT_FALSE(transact({insert}).error);
  EXPECT_EQ(database_.value("SELECT count(*) FROM item"), "2");
}

TEST_F(PipelineTest, ReadsThatWaitTogetherGetTheirOwnAnswers) {
  const auto many = statement(
      "SELECT 100 / p0::integer || coalesce(p1, ' null'), n FROM unnest((SELECT $1::text[]), (SELECT "
      "$2::text[])) WITH ORDINALITY AS m(p0, p1, n)");
  const auto one = std::make_shared<const PipelineStatement>(
      PipelineStatement{next_pipeline_statement_id(), "SELECT 100 / $1::integer || coalesce($2, ' null')", many});
  for (int i = 0; i < 20; ++i) EXPECT_EQ(ask(one, {"1", "!"}).get()->text(0, 0), "100!");
  const auto ask_all = [&](const std::vector<Parameters>& values, const std::vector<std::string>& tenants) {
    std::vector<Answer> answers;
    on_loop([&] {
      for (std::size_t i = 0; i < values.size(); ++i) answers.push_back(ask(one, values[i], tenants[i]));
    });
    return answers;
  };
  auto good = ask_all({{"1", "a"}, {"2", std::nullopt}, {"4", "{\"\\,"}}, {"", "", ""});
  EXPECT_EQ(good[0].get()->text(0, 0), "100a");
  EXPECT_EQ(good[1].get()->text(0, 0), "50 null");
  EXPECT_EQ(good[2].get()->text(0, 0), "25{\"\\,");
  auto bad = ask_all({{"1", "a"}, {"0", "b"}, {"4", "c"}}, {"", "", ""});
  EXPECT_EQ(bad[0].get()->text(0, 0), "100a");
  const auto refused = bad[1].get();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().name, ErrorName::kDataException);
  EXPECT_EQ(bad[2].get()->text(0, 0), "25c");
  auto mixed = ask_all({{"1", "a"}, {"2", "b"}}, {"one", "other"});
  EXPECT_EQ(mixed[0].get()->text(0, 0), "100a") << "tenants do not mix";
  EXPECT_EQ(mixed[1].get()->text(0, 0), "50b");
}

TEST_F(PipelineTest, LargeAnswersAndParametersPass) {
  const auto repeat = statement("SELECT repeat($1, $2::int)");
  const std::string part(100'000, 'x');
  std::vector<Answer> answers;
  for (int i = 0; i < 40; ++i) answers.push_back(ask(repeat, {part, "10"}));
  for (auto& answer : answers) EXPECT_EQ(answer.get()->text(0, 0).size(), 1'000'000U);
}

TEST_F(PipelineTest, ComesBackAfterTheServerCutTheConnection) {
  const auto backend = statement("SELECT pg_backend_pid()");
  const auto first = ask(backend).get();
  ASSERT_TRUE(first);
  database_.run("SELECT pg_terminate_backend(" + std::string(first->text(0, 0)) + ", 5000)");
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  bool refused = false;
  for (;;) {
    const auto again = ask(backend).get();
    if (again) {
      EXPECT_NE(again->text(0, 0), first->text(0, 0));
      break;
    }
    refused = true;
    EXPECT_EQ(again.error().name, ErrorName::kDatabaseUnavailable) << again.error().detail;
    ASSERT_LT(std::chrono::steady_clock::now(), until);
    std::this_thread::yield();
  }
  (void)refused;  // Reconnecting may be faster than the first question.
}

TEST_F(PipelineTest, AnswersAtTheDeadlineAndGoesOn) {
  const auto slow = statement("SELECT pg_sleep(1)");
  const auto quick = statement("SELECT 1");
  ASSERT_TRUE(ask(quick).get());
  const auto late = ask(slow, {}, {}, std::chrono::steady_clock::now() + std::chrono::milliseconds(100)).get();
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().name, ErrorName::kDeadlineExceeded);
  EXPECT_TRUE(ask(quick).get());
}

TEST_F(PipelineTest, EachRequestHasItsOwnStatementTimeout) {
  const auto timeout = statement("SELECT current_setting('statement_timeout')");
  const std::vector<std::optional<std::chrono::milliseconds>> asked{
      std::nullopt, std::chrono::milliseconds(1500), std::chrono::hours(1), std::chrono::milliseconds(1500),
      std::chrono::milliseconds(700)};
  const std::vector<std::string> given{"30s", "1500ms", "30s", "1500ms", "700ms"};
  std::vector<Answer> answers;
  on_loop([&] {
    for (std::size_t i = 0; i < 200; ++i)
      answers.push_back(ask(timeout, {}, {}, SteadyTime::max(), asked[i % asked.size()]));
  });
  for (std::size_t i = 0; i < answers.size(); ++i)
    EXPECT_EQ(answers[i].get()->text(0, 0), given[i % given.size()]) << i;
}

TEST_F(PipelineTest, PostgreSqlStopsAStatementAtItsTimeout) {
  const auto slow = statement("SELECT pg_sleep(60)");
  const auto begin = std::chrono::steady_clock::now();
  const auto stopped = ask(slow, {}, {}, SteadyTime::max(), std::chrono::milliseconds(100)).get();
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().name, ErrorName::kDeadlineExceeded);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  EXPECT_TRUE(ask(statement("SELECT 1")).get());
}

}  // namespace
}  // namespace busflow::postgres
