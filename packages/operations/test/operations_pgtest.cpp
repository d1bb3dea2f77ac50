#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <platform/base/clock.hpp>
#include <platform/base/context.hpp>
#include <platform/base/identifier.hpp>
#include <platform/json/json.hpp>
#include <platform/outbox/event.hpp>
#include <platform/postgres/connection.hpp>
#include <platform/postgres/migration.hpp>
#include <platform/postgres/pool.hpp>
#include <platform/postgres_testkit/test_database.hpp>

#include <backoffice/demo_data.hpp>
#include <backoffice/tour_departure_published.hpp>
#include <operations/module.hpp>

namespace busflow::operations {
namespace {

using backoffice::TourDeparturePublished;

/// Of the context under test, and of another one, whose role must be kept out.
std::vector<postgres::MigrationSet> migration_sets() {
  static postgres::Pool unused{postgres::PoolOptions{}};  // only referred to
  return {{.context = "operations", .files = make_module({.pool = unused}).migrations},
          {.context = "commerce", .files = {}}};
}

class OperationsTest : public testing::Test {
 protected:
  OperationsTest() : database_(migration_sets()), pool_({.connection = database_.service()}) {}

  static Uuid tenant(const std::string& key) { return name_based_identifier("tenant/" + key); }

  static TourDeparturePublished published(const std::string& key, const std::string& departure) {
    const auto start = backoffice::parse_date("2027-05-01").value();
    const auto end = backoffice::parse_date("2027-05-04").value();
    return {
        .event_id = name_based_identifier("event/" + key + departure),
        .tenant_id = tenant(key),
        .tour_departure_id = name_based_identifier("departure/" + key + departure),
        .tour_template_id = name_based_identifier("template/" + key),
        .title = "Prag – Goldene Stadt",
        .destination = "Prag, Tschechien",
        .start_date = start,
        .end_date = end,
        .capacity = 45,
        .list_price_cents = 39900,
        .currency = "EUR",
        .published_at = backoffice::parse_utc_time("2026-11-24T12:00:00Z").value(),
        .legs = backoffice::plan_legs(start, end),
    };
  }

  static outbox::Event to_event(const TourDeparturePublished& published) {
    return {.id = published.event_id,
            .name = std::string(TourDeparturePublished::kName),
            .tenant_id = published.tenant_id,
            .payload = backoffice::to_payload<json::Object>(published),
            .traceparent = {}};
  }

  /// As a worker does: without a session.
  Result<void> handle(const outbox::Event& event) {
    Context context{.clock = clock_, .identifiers = identifiers_};
    const auto handlers = make_module({.pool = pool_}).event_handlers;
    EXPECT_EQ(handlers.size(), 1U);
    EXPECT_EQ(handlers.front().event, TourDeparturePublished::kName);
    EXPECT_EQ(handlers.front().name, "operations.create_service_legs");
    return handlers.front().handle(context, event);
  }
  Result<void> handle(const TourDeparturePublished& event) { return handle(to_event(event)); }

  Result<void> seed() {
    Context context{.clock = clock_, .identifiers = identifiers_};
    return make_module({.pool = pool_}).seed_demo(context);
  }

  std::string count(const std::string& table) const {
    return database_.value("select count(*) from operations." + table);
  }

  /// Runs `sql` with the role and tenant, in a transaction that is rolled back. Empty role: none is taken on.
  Result<postgres::Rows> run(const postgres::ConnectionOptions& options, const std::string& role,
                             const std::string& tenant_id, const std::string& sql) {
    BUSFLOW_TRY(const auto connection, postgres::Connection::open(options));
    BUSFLOW_CHECK(connection->run("begin"));
    if (!role.empty()) {
      BUSFLOW_CHECK(connection->run("set local role " + role));
    }
    BUSFLOW_CHECK(connection->run(fmt::format("select set_config('busflow.tenant_id', '{}', true)", tenant_id)));
    return connection->run(sql);
  }

  void expect_refused(const Result<postgres::Rows>& rows, std::string_view what) {
    ASSERT_FALSE(rows) << what;
    EXPECT_EQ(rows.error().name, ErrorName::kPermissionDenied) << what << ": " << rows.error().detail;
  }

  testkit::TestDatabase database_;
  postgres::Pool pool_;
  ManualClock clock_{backoffice::parse_utc_time("2026-11-24T12:00:00Z").value()};
  RandomIdentifierSource identifiers_;
};

TEST_F(OperationsTest, PlansTheLegsOfAPublishedDeparture) {
  const auto event = published("a", "1");
  const auto result = handle(event);
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(
      database_.value("select string_agg(concat_ws(' ', sequence, leg_type, to_char(scheduled_start at time zone 'UTC',"
                      " 'MM-DD HH24:MI'), to_char(scheduled_end at time zone 'UTC', 'MM-DD HH24:MI'), status), '; '"
                      " order by sequence) from operations.service_legs"),
      "1 PICKUP 05-01 04:00 05-01 05:30 SCHEDULED; 2 TRANSIT 05-01 05:30 05-04 16:30 SCHEDULED; "
      "3 DROPOFF 05-04 16:30 05-04 18:00 SCHEDULED");
  EXPECT_EQ(
      database_.value("select count(*) from operations.service_legs where tenant_id = '" + event.tenant_id.to_string() +
                      "' and tour_departure_id = '" + event.tour_departure_id.to_string() + "'"),
      "3");
}

TEST_F(OperationsTest, ClaimsNothingWhenALegCannotBeMade) {
  auto event = published("a", "1");
  event.legs.back().leg_type = "FLIGHT";
  EXPECT_EQ(handle(event).error().name, ErrorName::kCheckViolation);
  EXPECT_EQ(count("inbox"), "0");
  EXPECT_EQ(count("service_legs"), "0");
  event.legs.back().leg_type = "DROPOFF";
  EXPECT_TRUE(handle(event));
  EXPECT_EQ(count("service_legs"), "3");
}

TEST_F(OperationsTest, HandlesAnEventOnce) {
  const auto event = published("a", "1");
  ASSERT_TRUE(handle(event));
  const std::string state = "select md5(string_agg(r::text, '|' order by id)) from operations.service_legs r";
  const auto before = database_.value(state);
  ASSERT_TRUE(handle(event));
  EXPECT_EQ(database_.value(state), before);
  EXPECT_EQ(count("service_legs"), "3");
  EXPECT_EQ(database_.value("select handler from operations.inbox"), "operations.create_service_legs");
}

TEST_F(OperationsTest, HandlesAnEventOnceWhenDeliveredTwiceAtATime) {
  const auto event = published("a", "1");
  std::vector<Result<void>> results(4, fail(ErrorName::kInternal));
  {
    std::vector<std::jthread> threads;
    for (auto& result : results) threads.emplace_back([&] { result = handle(event); });
  }
  for (const auto& result : results) EXPECT_TRUE(result) << result.error().detail;
  EXPECT_EQ(count("service_legs"), "3");
  EXPECT_EQ(count("inbox"), "1");
}

TEST_F(OperationsTest, AnotherEventForTheSameDepartureAddsNothing) {
  auto event = published("a", "1");
  ASSERT_TRUE(handle(event));
  event.event_id = name_based_identifier("another event");
  ASSERT_TRUE(handle(event));
  EXPECT_EQ(count("service_legs"), "3");
  EXPECT_EQ(count("inbox"), "2");
}

TEST_F(OperationsTest, NamesTheFieldOfAMalformedPayload) {
  auto event = to_event(published("a", "1"));
  event.payload["start_date"] = "1 May";
  EXPECT_EQ(handle(event).error().path, "$.start_date");
  event = to_event(published("a", "1"));
  event.tenant_id = tenant("b");
  EXPECT_EQ(handle(event).error().name, ErrorName::kValidationFailed);
  EXPECT_EQ(count("inbox"), "0");
}

TEST_F(OperationsTest, SeedsTheDemoOnceAndLeavesNothingToTheRelay) {
  ASSERT_TRUE(seed());
  const auto events = backoffice::demo_events(clock_.now());
  EXPECT_EQ(count("inbox"), std::to_string(events.size()));
  const std::string ids = "select md5(string_agg(id::text, '|' order by id)) from operations.service_legs";
  const auto before = database_.value(ids);
  clock_.advance(std::chrono::hours(48));
  ASSERT_TRUE(seed());
  for (const auto& event : events) ASSERT_TRUE(handle(event));
  EXPECT_EQ(database_.value(ids), before);
  EXPECT_EQ(database_.value("select count(distinct tour_departure_id) from operations.service_legs"),
            std::to_string(events.size()));
}

TEST_F(OperationsTest, AForgottenFilterShowsOnlyTheTenantsRows) {
  ASSERT_TRUE(handle(published("a", "1")));
  ASSERT_TRUE(handle(published("b", "1")));
  const std::string select = "select tenant_id from operations.service_legs";
  for (const auto& rows : {run(database_.service(), "busflow_operations", tenant("a").to_string(), select),
                           run(database_.graphql(), "", tenant("a").to_string(), select)}) {
    ASSERT_TRUE(rows) << rows.error().detail;
    ASSERT_EQ(rows->size(), 3U);
    for (std::size_t row = 0; row < rows->size(); ++row) EXPECT_EQ(rows->text(row, 0), tenant("a").to_string());
  }
  for (const auto& rows : {run(database_.service(), "busflow_operations", "", select),
                           run(database_.graphql(), "", "", select), run(database_.owner(), "", "", select)}) {
    ASSERT_TRUE(rows) << rows.error().detail;
    EXPECT_TRUE(rows->empty());
  }
  expect_refused(run(database_.service(), "busflow_operations", tenant("a").to_string(),
                     fmt::format("update operations.service_legs set tenant_id = '{}'", tenant("b").to_string())),
                 "giving a row away");
}

TEST_F(OperationsTest, OtherRolesAreKeptOut) {
  const auto own = tenant("a").to_string();
  const std::string select = "select id from operations.service_legs";
  expect_refused(run(database_.service(), "busflow_commerce", own, select), "another context reads");
  expect_refused(run(database_.service(), "busflow_commerce", own, "delete from operations.service_legs"),
                 "another context deletes");
  expect_refused(run(database_.service(), "", own, select), "the bare service user reads");
  expect_refused(run(database_.graphql(), "", own, "delete from operations.service_legs"), "the reader deletes");
  expect_refused(run(database_.graphql(), "", own, "select event_id from operations.inbox"),
                 "the reader sees the inbox");
}

}  // namespace
}  // namespace busflow::operations
