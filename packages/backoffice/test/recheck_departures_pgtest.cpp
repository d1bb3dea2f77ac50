#include "usecases/recheck_departures.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <platform/json/json.hpp>
#include <platform/outbox/event.hpp>

#include "backoffice_fixture.hpp"

namespace busflow::backoffice {
namespace {

class RecheckDeparturesTest : public BackofficeTest {
 protected:
  void change_vehicle(const std::string& assignment) {
    database_.run(fmt::format("update backoffice.vehicles set {} where id = '{}'", assignment, coach("a").to_string()));
  }

  Result<void> recheck() {
    Context context{.clock = clock_, .identifiers = identifiers_};
    return recheck_departures(context, pool_, tenant("a"), coach("a"));
  }

  /// What a worker does with the trigger's event.
  Result<void> handle(const json::Value& told) {
    const auto handlers = make_module({.pool = pool_}).event_handlers;
    const auto handler = std::ranges::find(handlers, "backoffice.recheck_departures", &application::EventHandler::name);
    if (handler == handlers.end()) return fail(ErrorName::kNotFound);
    Context context{.clock = clock_, .identifiers = identifiers_};
    return handler->handle(context, {.id = identifiers_.next(),
                                     .name = handler->event,
                                     .tenant_id = tenant("a"),
                                     .payload = {{"event", told}},
                                     .traceparent = {}});
  }
};

TEST_F(RecheckDeparturesTest, WhatIsReadyWithoutItsVehicleIsADraftAgain) {
  const auto ready = arrange_departure("a", "READY");
  const auto draft = arrange_departure("a", "DRAFT");
  const auto published = arrange_departure("a", "PUBLISHED");
  const auto foreign = arrange_departure("b", "READY");
  change_vehicle("status = 'MAINTENANCE'");
  ASSERT_TRUE(recheck());
  EXPECT_EQ(column(ready, "status"), "DRAFT");
  EXPECT_EQ(column(ready, "vehicle_id"), coach("a").to_string());
  EXPECT_EQ(column(draft, "status"), "DRAFT");
  EXPECT_EQ(column(published, "status"), "PUBLISHED");
  EXPECT_EQ(column(foreign, "status"), "READY");
  ASSERT_TRUE(recheck());
  EXPECT_EQ(column(ready, "status"), "DRAFT");
}

TEST_F(RecheckDeparturesTest, GoesByTheVehicleAsItIsNow) {
  const auto ready = arrange_departure("a", "READY");
  change_vehicle("seat_count = 45");
  ASSERT_TRUE(recheck());
  EXPECT_EQ(column(ready, "status"), "READY");
  change_vehicle("seat_count = 44");
  change_vehicle("seat_count = 49");
  ASSERT_TRUE(recheck());
  EXPECT_EQ(column(ready, "status"), "READY");
  change_vehicle("seat_count = 44");
  ASSERT_TRUE(recheck());
  EXPECT_EQ(column(ready, "status"), "DRAFT");
}

TEST_F(RecheckDeparturesTest, IsWhatTheTriggersEventIsHandledBy) {
  const auto ready = arrange_departure("a", "READY");
  change_vehicle("status = 'RETIRED'");
  const auto row = json::Object{{"id", coach("a").to_string()}};
  ASSERT_TRUE(handle(json::Object{{"op", "UPDATE"}, {"data", json::Object{{"old", row}, {"new", row}}}}));
  EXPECT_EQ(column(ready, "status"), "DRAFT");
  const auto refused = handle(json::Object{{"op", "UPDATE"}, {"data", json::Object{{"old", row}, {"new", nullptr}}}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().path, "$.event.data.new");
}

}  // namespace
}  // namespace busflow::backoffice
