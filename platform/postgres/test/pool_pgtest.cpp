#include <future>
#include <latch>

#include <gtest/gtest.h>

#include <platform/postgres/pool.hpp>
#include <platform/postgres_testkit/test_database.hpp>

namespace busflow::postgres {
namespace {

constexpr Statement kTenant{"test.tenant", "SELECT current_setting('busflow.tenant_id', true), current_user"};
constexpr Statement kBackend{"test.backend", "SELECT pg_backend_pid()"};
constexpr Statement kInsert{"test.insert", "INSERT INTO counter VALUES ($1::int)"};
constexpr Statement kRead{"test.read", "SELECT n FROM counter"};
constexpr Statement kIncrement{"test.increment", "UPDATE counter SET n = n + 1"};

class PoolTest : public testing::Test {
 protected:
  PoolTest() {
    database_.run(
        "CREATE TABLE counter (n int CHECK (n < 100)); GRANT ALL ON counter TO PUBLIC; INSERT INTO counter VALUES (0)");
    database_.run(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'busflow_sample') THEN CREATE ROLE "
        "busflow_sample; END IF; END $$");
    database_.run("GRANT busflow_sample TO busflow_service");
  }

  Context context(Session session = {}) {
    return {.clock = clock_, .identifiers = identifiers_, .session = std::move(session)};
  }
  Pool make_pool(std::size_t connections = 4) {
    return Pool({.connection = database_.service(),
                 .max_connections = connections,
                 .acquire_timeout = std::chrono::milliseconds(50)},
                {}, [this](std::chrono::milliseconds delay) { delays_.push_back(delay); });
  }
  void terminate(const std::string& backend) { database_.run("SELECT pg_terminate_backend(" + backend + ", 5000)"); }

  testkit::TestDatabase database_;
  SystemClock clock_;
  RandomIdentifierSource identifiers_;
  std::vector<std::chrono::milliseconds> delays_;
};

TEST_F(PoolTest, SessionAndRoleHoldForTheTransactionOnly) {
  auto pool = make_pool(1);
  auto tenant = context(Session("dispatcher", {{"x-hasura-tenant-id", "t-1"}}));
  const auto inside = pool.transact(tenant, {.database_role = "busflow_sample"},
                                    [](Transaction& transaction) { return transaction.execute(kTenant); });
  ASSERT_TRUE(inside) << inside.error().detail;
  EXPECT_EQ(inside->text(0, 0), "t-1");
  EXPECT_EQ(inside->text(0, 1), "busflow_sample");
  auto nobody = context();
  const auto after = pool.transact(nobody, {}, [](Transaction& transaction) { return transaction.execute(kTenant); });
  ASSERT_TRUE(after);
  EXPECT_EQ(after->text(0, 0), "");
  EXPECT_EQ(after->text(0, 1), "busflow_service");
}

TEST_F(PoolTest, AnErrorOrAnExceptionRollsBack) {
  auto pool = make_pool();
  auto work = context();
  const auto refused = pool.transact(work, {}, [](Transaction& transaction) -> Result<void> {
    BUSFLOW_CHECK(transaction.execute(kInsert, {"5"}));
    return fail(ErrorName::kStateConflict, "no");
  });
  EXPECT_EQ(refused.error().name, ErrorName::kStateConflict);
  EXPECT_THROW((void)pool.transact(work, {},
                                   [](Transaction& transaction) -> Result<void> {
                                     BUSFLOW_CHECK(transaction.execute(kInsert, {"6"}));
                                     throw std::runtime_error("fault");
                                   }),
               std::runtime_error);
  EXPECT_EQ(database_.value("SELECT count(*) FROM counter"), "1");
  EXPECT_EQ(pool.open_connections(), 1U);
  EXPECT_TRUE(delays_.empty());
}

TEST_F(PoolTest, ViolationsAreNotRetried) {
  auto pool = make_pool();
  auto work = context();
  const auto result =
      pool.transact(work, {}, [](Transaction& transaction) { return transaction.execute(kInsert, {"500"}); });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().name, ErrorName::kCheckViolation);
  EXPECT_TRUE(delays_.empty());
}

TEST_F(PoolTest, ALostConnectionRunsTheTransactionAgain) {
  auto pool = make_pool();
  auto work = context();
  int runs = 0;
  const auto result = pool.transact(work, {}, [&](Transaction& transaction) -> Result<void> {
    BUSFLOW_CHECK(transaction.execute(kIncrement));
    if (++runs <= 2) {
      BUSFLOW_TRY(const auto backend, transaction.execute(kBackend));
      terminate(std::string(backend.text(0, 0)));
    }
    BUSFLOW_CHECK(transaction.execute(kRead));
    return {};
  });
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(database_.value("SELECT n FROM counter"), "1");
  ASSERT_EQ(delays_.size(), 2U);
  EXPECT_GE(delays_[0].count(), 200);
  EXPECT_LE(delays_[0].count(), 220);
  EXPECT_GE(delays_[1].count(), 400);
  EXPECT_LE(delays_[1].count(), 440);
}

TEST_F(PoolTest, GivesUpAfterThreeRetries) {
  auto pool = make_pool();
  auto work = context();
  int runs = 0;
  const auto result = pool.transact(work, {}, [&](Transaction& transaction) -> Result<void> {
    ++runs;
    BUSFLOW_TRY(const auto backend, transaction.execute(kBackend));
    terminate(std::string(backend.text(0, 0)));
    BUSFLOW_CHECK(transaction.execute(kRead));
    return {};
  });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().name, ErrorName::kDatabaseUnavailable);
  EXPECT_EQ(runs, 4);
}

TEST_F(PoolTest, AFailedFirstStatementIsTheErrorAndLeavesTheConnectionGood) {
  auto pool = make_pool(1);
  auto work = context();
  const auto refused =
      pool.transact(work, {}, [](Transaction& transaction) { return transaction.execute(kInsert, {"500"}); });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().name, ErrorName::kCheckViolation);
  const auto nobody = pool.transact(work, {.database_role = "no_such_role"},
                                    [](Transaction& transaction) { return transaction.execute(kRead); });
  ASSERT_FALSE(nobody);
  EXPECT_TRUE(nobody.error().detail.contains("no_such_role")) << nobody.error().detail;
  EXPECT_TRUE(pool.transact(work, {}, [](Transaction& transaction) { return transaction.execute(kInsert, {"5"}); }));
  EXPECT_EQ(pool.open_connections(), 1U);
  EXPECT_EQ(database_.value("SELECT count(*) FROM counter"), "2");
}

TEST_F(PoolTest, ATransactionWithoutAStatementIsNone) {
  auto pool = make_pool(1);
  auto work = context();
  EXPECT_TRUE(pool.transact(work, {.database_role = "no_such_role"}, [](Transaction&) { return Result<void>{}; }));
}

TEST_F(PoolTest, ARepeatableStatementHasTheSessionAndCommits) {
  auto pool = make_pool(1);
  auto tenant = context(Session("dispatcher", {{"x-hasura-tenant-id", "t-1"}}));
  const auto inside = pool.execute_repeatable(tenant, "busflow_sample", kTenant, {});
  ASSERT_TRUE(inside) << inside.error().detail;
  EXPECT_EQ(inside->text(0, 0), "t-1");
  EXPECT_EQ(inside->text(0, 1), "busflow_sample");
  auto nobody = context();
  EXPECT_EQ(pool.execute_repeatable(nobody, "", kTenant, {})->text(0, 1), "busflow_service");
  EXPECT_TRUE(pool.execute_repeatable(nobody, "", kIncrement, {}));
  EXPECT_EQ(database_.value("SELECT n FROM counter"), "1");
  const auto refused = pool.execute_repeatable(nobody, "", kInsert, {"500"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().name, ErrorName::kCheckViolation);
  EXPECT_TRUE(delays_.empty());
}

TEST_F(PoolTest, ARepeatableStatementRunsAgainOnANewConnection) {
  auto pool = make_pool(1);
  auto work = context();
  const auto backend = pool.execute_repeatable(work, "", kBackend, {});
  ASSERT_TRUE(backend);
  terminate(std::string(backend->text(0, 0)));
  EXPECT_TRUE(pool.execute_repeatable(work, "", kIncrement, {}));
  EXPECT_EQ(delays_.size(), 1U);
  EXPECT_EQ(database_.value("SELECT n FROM counter"), "1");
}

TEST_F(PoolTest, AConnectionLostDuringCommitIsNotRetried) {
  auto pool = make_pool();
  auto work = context();
  int runs = 0;
  const auto result = pool.transact(work, {}, [&](Transaction& transaction) -> Result<void> {
    ++runs;
    BUSFLOW_CHECK(transaction.execute(kIncrement));
    BUSFLOW_TRY(const auto backend, transaction.execute(kBackend));
    terminate(std::string(backend.text(0, 0)));
    return {};  // COMMIT is the first to notice
  });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().name, ErrorName::kDatabaseUnavailable);
  EXPECT_NE(result.error().detail.find("unknown"), std::string::npos) << result.error().detail;
  EXPECT_EQ(runs, 1);
}

TEST_F(PoolTest, SerializationFailuresAreRetried) {
  auto pool = make_pool();
  auto work = context();
  int runs = 0;
  const auto result = pool.transact(work, {.isolation = "serializable"}, [&](Transaction& transaction) -> Result<void> {
    BUSFLOW_CHECK(transaction.execute(kRead));
    if (++runs == 1) database_.run("UPDATE counter SET n = n + 10");
    BUSFLOW_CHECK(transaction.execute(kIncrement));
    return {};
  });
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(database_.value("SELECT n FROM counter"), "11");
}

TEST_F(PoolTest, IsBounded) {
  auto pool = make_pool(1);
  std::latch inside(1);
  std::promise<void> release;
  auto holder = std::async(std::launch::async, [&] {
    auto work = context();
    return pool.transact(work, {}, [&](Transaction&) -> Result<void> {
      inside.count_down();
      release.get_future().wait();
      return {};
    });
  });
  inside.wait();
  auto work = context();
  const auto refused = pool.transact(work, {}, [](Transaction&) -> Result<void> { return {}; });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().name, ErrorName::kOverloaded);
  release.set_value();
  EXPECT_TRUE(holder.get());
}

TEST_F(PoolTest, ConnectionErrorsNameTheServerButNotThePassword) {
  auto options = database_.service();
  options.host = "/nowhere";
  options.password = "s3cret";
  Pool pool({.connection = options}, {.retries = 0}, [](std::chrono::milliseconds) {});
  auto work = context();
  const auto result = pool.transact(work, {}, [](Transaction&) -> Result<void> { return {}; });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().name, ErrorName::kDatabaseUnavailable);
  EXPECT_NE(result.error().detail.find("/nowhere"), std::string::npos);
  EXPECT_EQ(result.error().detail.find("s3cret"), std::string::npos);
}

}  // namespace
}  // namespace busflow::postgres
