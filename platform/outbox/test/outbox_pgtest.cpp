#include <array>
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include <platform/outbox/outbox.hpp>
#include <platform/outbox/relay.hpp>
#include <platform/outbox/row_change.hpp>
#include <platform/postgres_testkit/test_database.hpp>
#include <platform/redis_testkit/test_redis.hpp>

namespace busflow::outbox {
namespace {

constexpr EmbeddedFile kMigration{"0001_outbox.sql", R"sql(
CREATE SCHEMA sample;
GRANT USAGE ON SCHEMA sample TO busflow_sample;
CREATE TABLE sample.outbox (
  sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL UNIQUE,
  event_name text NOT NULL,
  tenant_id uuid NOT NULL,
  payload jsonb NOT NULL,
  traceparent text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(),
  relayed_at timestamptz);
CREATE FUNCTION sample.announce_outbox() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM pg_notify('busflow_outbox', TG_TABLE_SCHEMA); RETURN NULL; END $$;
CREATE TRIGGER announce AFTER INSERT ON sample.outbox FOR EACH STATEMENT EXECUTE FUNCTION sample.announce_outbox();
GRANT SELECT, INSERT, UPDATE, DELETE ON sample.outbox TO busflow_sample;
CREATE TABLE sample.inbox (event_id uuid NOT NULL, handler text NOT NULL, handled_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (event_id, handler));
GRANT SELECT, INSERT, DELETE ON sample.inbox TO busflow_sample;
)sql"};
constexpr std::array kFiles{kMigration};
const std::array kSets{postgres::MigrationSet{"sample", kFiles}};
constexpr std::array kFields{EventField{"event_id", EventFieldKind::kUuid, ""},
                             EventField{"tenant_id", EventFieldKind::kUuid, ""},
                             EventField{"line", EventFieldKind::kText, "", true}};
constexpr EventType kHappened{.name = "Happened", .owner = "sample", .description = "It did.", .fields = kFields};
const postgres::TransactionOptions kAsSample{.database_role = "busflow_sample"};

class OutboxTest : public testing::Test {
 protected:
  Context context() { return {.clock = clock_, .identifiers = identifiers_, .trace = TraceContext::start()}; }

  Event event(const std::string& name = "Happened") {
    const auto id = identifiers_.next();
    return {.id = id,
            .name = name,
            .tenant_id = tenant_,
            .payload = {{"event_id", id.to_string()}, {"tenant_id", tenant_.to_string()}}};
  }
  void publish_one(const Event& what) {
    auto work = context();
    const auto result = pool_.transact(work, kAsSample, [&](postgres::Transaction& transaction) {
      return publish(work, transaction, kHappened, what);
    });
    ASSERT_TRUE(result) << result.error().detail;
  }
  Relay relay() {
    return {{.schemas = {"sample"},
             .events = {"Happened"},
             .consumers = {{"Happened", "first"}, {"Happened", "second"}},
             .batch = 10},
            pool_,
            queues_,
            clock_,
            identifiers_,
            logger_};
  }
  /// Those whose turn has come, and those that wait for it in their group.
  std::int64_t waiting(const std::string& queue) { return queues_.counts(queue)->waiting; }

  testkit::TestDatabase database_{kSets};
  testkit::TestRedis redis_;
  SystemClock clock_;
  RandomIdentifierSource identifiers_;
  Uuid tenant_ = identifiers_.next();
  telemetry::Logger logger_{"test", telemetry::Level::kError, [](std::string_view) {}};
  postgres::Pool pool_{{.connection = database_.service()}};
  jobs::QueueClient queues_{redis_.options(), "bull", clock_};
};

TEST_F(OutboxTest, AnEventExistsOnlyIfItsTransactionCommits) {
  auto work = context();
  const auto refused = pool_.transact(work, kAsSample, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_CHECK(publish(work, transaction, kHappened, event()));
    return fail(ErrorName::kStateConflict);
  });
  EXPECT_FALSE(refused);
  EXPECT_EQ(relay().relay_pending(), 0U);
  publish_one(event());
  EXPECT_EQ(relay().relay_pending(), 1U);
  EXPECT_EQ(waiting("first"), 1);
  EXPECT_EQ(waiting("second"), 1);
  EXPECT_EQ(relay().relay_pending(), 0U);
}

TEST_F(OutboxTest, CarriesTheEventAndTheTraceThatCausedIt) {
  const auto sent = event();
  publish_one(sent);
  ASSERT_TRUE(relay().relay_pending());
  redis::Client client(redis_.options());
  const auto data = client.command({"HGET", "bull:first:" + sent.id.to_string(), "data"});
  const auto received = from_json(*json::parse(data->text()));
  ASSERT_TRUE(received) << received.error().detail;
  EXPECT_EQ(received->id, sent.id);
  EXPECT_EQ(received->name, "Happened");
  EXPECT_EQ(received->tenant_id, tenant_);
  EXPECT_EQ(received->payload, sent.payload);
  EXPECT_TRUE(TraceContext::parse(received->traceparent));
}

TEST_F(OutboxTest, APayloadThatIsNotAsDeclaredIsNotPublished) {
  auto work = context();
  const auto try_publish = [&](const Event& what) {
    const auto result = pool_.transact(work, kAsSample, [&](postgres::Transaction& transaction) {
      return publish(work, transaction, kHappened, what);
    });
    return result ? "published" : std::string(result.error().detail);
  };
  auto wrong = event();
  wrong.payload["event_id"] = 7;
  EXPECT_EQ(try_publish(wrong),
            "event Happened of sample is not as declared: Happened: field 'event_id': expected a UUID");
  wrong = event();
  wrong.payload.erase("tenant_id");
  EXPECT_EQ(try_publish(wrong),
            "event Happened of sample is not as declared: Happened: missing required field 'tenant_id'");
  EXPECT_EQ(try_publish(event("Other")), "event Other of sample is not as declared: another name");
  EXPECT_EQ(database_.value("SELECT count(*) FROM sample.outbox"), "0");
}

TEST_F(OutboxTest, JobsAreInTheGroupOfTheirTenantOrOfTheirOrderingKey) {
  const auto first = event();
  publish_one(first);
  ASSERT_TRUE(relay().relay_pending());
  auto second = event();
  second.payload["line"] = "A1";
  publish_one(second);
  Relay ordered({.schemas = {"sample"},
                 .events = {"Happened"},
                 .consumers = {{"Happened", "first"}},
                 .ordering_fields = {{"Happened", "line"}}},
                pool_, queues_, clock_, identifiers_, logger_);
  ASSERT_TRUE(ordered.relay_pending());
  redis::Client client(redis_.options());
  const auto group = [&](const Event& of) {
    const auto options = json::parse(client.command({"HGET", "bull:first:" + of.id.to_string(), "opts"})->text());
    return std::string(options->at("group").at("id").as_string());
  };
  EXPECT_EQ(group(first), tenant_.to_string());
  EXPECT_EQ(group(second), tenant_.to_string() + "/A1");
}

TEST_F(OutboxTest, AnEventOfALaterVersionIsLeftToIt) {
  constexpr EventType kLater{.name = "Later", .owner = "sample", .description = "It will.", .fields = kFields};
  auto work = context();
  ASSERT_TRUE(pool_.transact(work, kAsSample, [&](postgres::Transaction& transaction) {
    return publish(work, transaction, kLater, event("Later"));
  }));
  publish_one(event());
  EXPECT_EQ(relay().relay_pending(), 1U);
  EXPECT_EQ(database_.value("SELECT event_name FROM sample.outbox WHERE relayed_at IS NULL"), "Later");
}

TEST_F(OutboxTest, AnEventMayBeTriedInItsOwnWay) {
  const auto sent = event();
  publish_one(sent);
  Relay patient({.schemas = {"sample"},
                 .events = {"Happened"},
                 .consumers = {{"Happened", "first"}},
                 .job = {.attempts = 2},
                 .jobs = {{"Happened", {.attempts = 7}}}},
                pool_, queues_, clock_, identifiers_, logger_);
  ASSERT_TRUE(patient.relay_pending());
  redis::Client client(redis_.options());
  const auto options = json::parse(client.command({"HGET", "bull:first:" + sent.id.to_string(), "opts"})->text());
  EXPECT_EQ(options->at("attempts"), 7);
}

TEST_F(OutboxTest, ARowsChangeIsReadOrRefusedWithItsPlace) {
  auto told = event();
  told.payload["event"] = *json::parse(R"({"op": "DELETE", "data": {"old": {"id": 7}, "new": null}})");
  const auto change = read_row_change(told);
  ASSERT_TRUE(change) << change.error().detail;
  EXPECT_EQ(change->operation, "DELETE");
  EXPECT_EQ(change->before->at("id"), 7);
  EXPECT_FALSE(change->after);
  EXPECT_FALSE(change->session_variables);
  told.payload["event"] = *json::parse(R"({"op": "DELETE"})");
  EXPECT_EQ(read_row_change(told).error().path, "$.event.data");
  told.payload.erase("event");
  EXPECT_EQ(read_row_change(told).error().path, "$.event");
}

TEST_F(OutboxTest, ACrashBetweenAddingAndMarkingAddsNothingTwice) {
  publish_one(event());
  ASSERT_EQ(relay().relay_pending(), 1U);
  database_.run("UPDATE sample.outbox SET relayed_at = NULL");  // what is left when the relay dies before its COMMIT
  EXPECT_EQ(relay().relay_pending(), 1U);
  EXPECT_EQ(waiting("first"), 1);
}

TEST_F(OutboxTest, NothingIsMarkedWhileRedisIsAway) {
  publish_one(event());
  redis_.kill();
  const auto result = relay().relay_pending();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().name, ErrorName::kRedisUnavailable);
  EXPECT_EQ(database_.value("SELECT count(*) FROM sample.outbox WHERE relayed_at IS NULL"), "1");
  redis_.start();
  EXPECT_EQ(relay().relay_pending(), 1U);
}

TEST_F(OutboxTest, TwoRelaysShareTheWork) {
  for (int i = 0; i < 45; ++i) publish_one(event());
  auto first = relay();
  auto second = relay();
  Result<std::size_t> other;
  std::thread thread([&] { other = second.relay_pending(); });
  const auto mine = first.relay_pending();
  thread.join();
  ASSERT_TRUE(mine && other);
  // One may have seen the other's rows locked and stopped early; nothing is lost.
  ASSERT_TRUE(first.relay_pending());
  EXPECT_EQ(waiting("first"), 45);
}

TEST_F(OutboxTest, AnAnnouncementWakesTheRelay) {
  auto options = RelayOptions{.schemas = {"sample"},
                              .events = {"Happened"},
                              .consumers = {{"Happened", "first"}},
                              .poll_interval = std::chrono::hours(1)};
  Relay sleeper(options, pool_, queues_, clock_, identifiers_, logger_);
  postgres::Listener listener(database_.service(), std::string(kChannel));
  std::jthread thread([&](const std::stop_token& stop) { sleeper.run(listener, stop); });
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (int published = 0; waiting("first") < 2;) {
    ASSERT_LT(std::chrono::steady_clock::now(), until);
    // The second one can only be noticed by its announcement.
    if (published == waiting("first")) {
      publish_one(event());
      ++published;
    }
  }
}

TEST_F(OutboxTest, AClaimHoldsOncePerHandler) {
  const auto id = identifiers_.next();
  auto work = context();
  const auto try_claim = [&](const char* handler) {
    return pool_.transact(
        work, kAsSample, [&](postgres::Transaction& transaction) { return claim(transaction, "sample", id, handler); });
  };
  EXPECT_EQ(try_claim("a"), true);
  EXPECT_EQ(try_claim("a"), false);
  EXPECT_EQ(try_claim("b"), true);
}

TEST_F(OutboxTest, OtherContextsCannotReadIt) {
  database_.run(
      "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'busflow_other') THEN CREATE ROLE "
      "busflow_other; END IF; END $$; "
      "GRANT busflow_other TO busflow_service");
  auto work = context();
  const auto result = pool_.transact(work, {.database_role = "busflow_other"}, [&](postgres::Transaction& transaction) {
    return publish(work, transaction, kHappened, event());
  });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().name, ErrorName::kPermissionDenied);
}

}  // namespace
}  // namespace busflow::outbox
