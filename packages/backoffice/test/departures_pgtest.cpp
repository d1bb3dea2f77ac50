#include "usecases/departures.hpp"

#include <array>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <platform/json/json.hpp>
#include <platform/json/reader.hpp>

#include <backoffice/tour_departure_published.hpp>

#include "backoffice_fixture.hpp"

namespace busflow::backoffice {
namespace {

class DeparturesTest : public BackofficeTest {
 protected:
  NewDeparture wanted() const {
    return {.tour_template_id = tour_template("a"), .start_date = parse_date("2027-05-01").value()};
  }

  Result<Departure> create(const NewDeparture& departure) {
    auto context = dispatcher();
    return create_departure(context, pool_, departure);
  }
  Result<Departure> update(const DepartureChange& change) {
    auto context = dispatcher();
    return update_departure(context, pool_, change);
  }
  Result<Departure> mark_ready(const Uuid& id) {
    auto context = dispatcher();
    return mark_departure_ready(context, pool_, id);
  }
  Result<Departure> publish(const Uuid& id) {
    auto context = dispatcher();
    return publish_departure(context, pool_, id);
  }
  Result<Departure> cancel(const Uuid& id) {
    auto context = dispatcher();
    return cancel_departure(context, pool_, id);
  }
};

TEST_F(DeparturesTest, CreatesADraftWithTheTemplatesDefaults) {
  const auto departure = create(wanted());
  ASSERT_TRUE(departure) << departure.error().detail;
  EXPECT_EQ(departure->status, DepartureStatus::kDraft);
  EXPECT_EQ(column(departure->id, "tenant_id"), tenant("a").to_string());
  EXPECT_EQ(column(departure->id, "end_date"), "2027-05-04");
  EXPECT_EQ(column(departure->id, "capacity"), "45");
  EXPECT_EQ(column(departure->id, "status"), "DRAFT");
  EXPECT_EQ(events(), "0");
}

TEST_F(DeparturesTest, CreateRefusesWhatTheTenantDoesNotHave) {
  auto foreign_template = wanted();
  foreign_template.tour_template_id = tour_template("b");
  EXPECT_EQ(create(foreign_template).error().path, "$.input.tour_template_id");
  auto foreign_vehicle = wanted();
  foreign_vehicle.vehicle_id = coach("b");
  EXPECT_EQ(create(foreign_vehicle).error().path, "$.input.vehicle_id");
  auto foreign_driver = wanted();
  foreign_driver.driver_id = driver("b");
  EXPECT_EQ(create(foreign_driver).error().path, "$.input.driver_id");
  EXPECT_EQ(database_.value("select count(*) from backoffice.tour_departures"), "0");
}

TEST_F(DeparturesTest, CreateNeedsAnActiveTemplateAndDriver) {
  database_.run("update backoffice.crew_members set status = 'ON_LEAVE'");
  auto with_driver = wanted();
  with_driver.driver_id = driver("a");
  EXPECT_EQ(create(with_driver).error().name, ErrorName::kValidationFailed);
  database_.run("update backoffice.tour_templates set status = 'ARCHIVED'");
  EXPECT_EQ(create(wanted()).error().name, ErrorName::kStateConflict);
}

TEST_F(DeparturesTest, UpdateChangesWhatIsGivenAndTheTimestamp) {
  const auto id = arrange_departure("a", "DRAFT");
  database_.run("alter table backoffice.tour_departures disable trigger set_updated_at");
  database_.run("update backoffice.tour_departures set updated_at = '2020-01-01'");
  database_.run("alter table backoffice.tour_departures enable trigger set_updated_at");
  const auto departure = update({.id = id, .capacity = 20, .driver_id = driver("a"), .notes = "Fähre"});
  ASSERT_TRUE(departure) << departure.error().detail;
  EXPECT_EQ(column(id, "capacity"), "20");
  EXPECT_EQ(column(id, "notes"), "Fähre");
  EXPECT_EQ(column(id, "driver_id"), driver("a").to_string());
  EXPECT_EQ(column(id, "vehicle_id"), coach("a").to_string());
  EXPECT_EQ(column(id, "updated_at > '2026-01-01'"), "true");
}

TEST_F(DeparturesTest, UpdateKeepsAReadyDepartureReady) {
  const auto id = arrange_departure("a", "READY");
  EXPECT_EQ(update({.id = id, .capacity = 50}).error().name, ErrorName::kStateConflict);
  EXPECT_EQ(update({.id = id, .vehicle_id = small_coach("a")}).error().name, ErrorName::kStateConflict);
  DepartureChange without_vehicle{.id = id};
  without_vehicle.vehicle_id.emplace(std::nullopt);
  EXPECT_EQ(update(without_vehicle).error().name, ErrorName::kStateConflict);
  EXPECT_EQ(column(id, "capacity"), "45");
  EXPECT_TRUE(update({.id = id, .capacity = 30, .vehicle_id = small_coach("a")}));
  EXPECT_EQ(column(id, "status"), "READY");
}

TEST_F(DeparturesTest, UpdateRefusesWhatTheTenantDoesNotHave) {
  const auto id = arrange_departure("a", "DRAFT");
  EXPECT_EQ(update({.id = id, .vehicle_id = coach("b")}).error().path, "$.input.vehicle_id");
  EXPECT_EQ(update({.id = id, .driver_id = driver("b")}).error().path, "$.input.driver_id");
}

TEST_F(DeparturesTest, ReadyNeedsAVehicleWithEnoughSeats) {
  const auto id = arrange_departure("a", "DRAFT", false);
  EXPECT_NE(mark_ready(id).error().detail.find("need a vehicle"), std::string::npos);
  ASSERT_TRUE(update({.id = id, .vehicle_id = small_coach("a")}));
  EXPECT_NE(mark_ready(id).error().detail.find("exceeds the 30 seats"), std::string::npos);
  EXPECT_EQ(column(id, "status"), "DRAFT");
  ASSERT_TRUE(update({.id = id, .vehicle_id = coach("a")}));
  ASSERT_TRUE(mark_ready(id));
  EXPECT_EQ(column(id, "status"), "READY");
  EXPECT_EQ(events(), "0");
}

TEST_F(DeparturesTest, EveryStepOutOfTurnNamesTheStateAndTheAllowedSteps) {
  const auto expect = [](const Result<Departure>& result, std::string_view detail) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().name, ErrorName::kStateConflict);
    EXPECT_EQ(result.error().detail, detail);
  };
  const auto draft = arrange_departure("a", "DRAFT");
  expect(publish(draft),
         "publishDeparture is not possible: the departure is DRAFT (allowed: updateDeparture, markDepartureReady, "
         "cancelDeparture)");
  const auto ready = arrange_departure("a", "READY");
  expect(mark_ready(ready),
         "markDepartureReady is not possible: the departure is READY (allowed: updateDeparture, "
         "publishDeparture, cancelDeparture)");
  const auto published = arrange_departure("a", "PUBLISHED");
  expect(update({.id = published, .capacity = 3}),
         "updateDeparture is not possible: the departure is PUBLISHED (allowed: cancelDeparture)");
  expect(mark_ready(published),
         "markDepartureReady is not possible: the departure is PUBLISHED (allowed: cancelDeparture)");
  const auto cancelled = arrange_departure("a", "CANCELLED");
  expect(cancel(cancelled), "cancelDeparture is not possible: the departure is CANCELLED (allowed: none, it is final)");
  expect(publish(cancelled),
         "publishDeparture is not possible: the departure is CANCELLED (allowed: none, it is final)");
}

TEST_F(DeparturesTest, PublishWritesTheEvent) {
  const auto id = arrange_departure("a", "READY");
  const auto departure = publish(id);
  ASSERT_TRUE(departure) << departure.error().detail;
  EXPECT_EQ(column(id, "status"), "PUBLISHED");
  EXPECT_EQ(column(id, "published_at at time zone 'UTC'"), "2026-11-24 12:00:00");

  ASSERT_EQ(events(), "1");
  EXPECT_EQ(database_.value("select event_name || ' ' || tenant_id from backoffice.outbox"),
            "TourDeparturePublished " + tenant("a").to_string());
  EXPECT_EQ(
      database_.value("select id::text = payload->>'event_id' and length(traceparent) = 55 from backoffice.outbox"),
      "t");
  const auto payload = json::parse(database_.value("select payload::text from backoffice.outbox"));
  ASSERT_TRUE(payload);
  const auto event = read_tour_departure_published<json::Reader>(payload->as_object());
  ASSERT_TRUE(event) << event.error().detail;
  EXPECT_EQ(event->tour_departure_id, id);
  EXPECT_EQ(event->tenant_id, tenant("a"));
  EXPECT_EQ(event->title, "Prag");
  EXPECT_EQ(event->capacity, 45);
  EXPECT_EQ(event->list_price_cents, 39900);
  EXPECT_EQ(to_rfc3339(event->published_at), "2026-11-24T12:00:00.000Z");
  EXPECT_EQ(event->legs.size(), 3U);
}

TEST_F(DeparturesTest, PublishTwiceIsAConflictAndOneEvent) {
  const auto id = arrange_departure("a", "READY");
  ASSERT_TRUE(publish(id));
  clock_.advance(std::chrono::hours(1));
  const auto again = publish(id);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().name, ErrorName::kStateConflict);
  EXPECT_EQ(events(), "1");
  EXPECT_EQ(column(id, "published_at at time zone 'UTC'"), "2026-11-24 12:00:00");
}

TEST_F(DeparturesTest, PublishAtTheSameTimeLetsOneThrough) {
  const auto id = arrange_departure("a", "READY");
  std::array<Result<Departure>, 4> results{fail(ErrorName::kInternal), fail(ErrorName::kInternal),
                                           fail(ErrorName::kInternal), fail(ErrorName::kInternal)};
  {
    std::vector<std::jthread> threads;
    for (auto& result : results) threads.emplace_back([&] { result = publish(id); });
  }
  int published = 0;
  for (const auto& result : results) {
    if (result) {
      ++published;
    } else {
      EXPECT_EQ(result.error().name, ErrorName::kStateConflict) << result.error().detail;
    }
  }
  EXPECT_EQ(published, 1);
  EXPECT_EQ(events(), "1");
}

TEST_F(DeparturesTest, PublishChecksTheVehicleOnceMore) {
  const auto id = arrange_departure("a", "READY");
  database_.run("update backoffice.vehicles set status = 'MAINTENANCE'");
  EXPECT_NE(publish(id).error().detail.find("MAINTENANCE"), std::string::npos);
  database_.run("update backoffice.vehicles set status = 'ACTIVE', seat_count = 40");
  EXPECT_NE(publish(id).error().detail.find("exceeds the 40 seats"), std::string::npos);
  EXPECT_EQ(column(id, "status"), "READY");
  EXPECT_EQ(events(), "0");
}

TEST_F(DeparturesTest, WithoutTheEventThereIsNoPublishing) {
  const auto id = arrange_departure("a", "READY");
  database_.run("revoke insert on backoffice.outbox from busflow_backoffice");
  ASSERT_FALSE(publish(id));
  EXPECT_EQ(column(id, "status"), "READY");
  EXPECT_EQ(column(id, "published_at is null"), "true");
}

TEST_F(DeparturesTest, WithoutPublishingThereIsNoEvent) {
  const auto id = arrange_departure("a", "READY");
  database_.run(
      "create function backoffice.refuse() returns trigger language plpgsql as"
      " $$ begin raise exception using errcode = 'check_violation', message = 'refused at commit'; end $$");
  database_.run(
      "create constraint trigger refuse after update on backoffice.tour_departures deferrable initially deferred"
      " for each row execute function backoffice.refuse()");
  const auto result = publish(id);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().detail.find("refused at commit"), std::string::npos) << result.error().detail;
  EXPECT_EQ(events(), "0");
  EXPECT_EQ(column(id, "status"), "READY");
}

TEST_F(DeparturesTest, CancelEndsEveryState) {
  for (const auto* status : {"DRAFT", "READY", "PUBLISHED"}) {
    const auto id = arrange_departure("a", status);
    ASSERT_TRUE(cancel(id)) << status;
    EXPECT_EQ(column(id, "status"), "CANCELLED");
    EXPECT_EQ(column(id, "published_at is not null"), std::string_view(status) == "PUBLISHED" ? "true" : "false");
  }
}

TEST_F(DeparturesTest, ADepartureOfAnotherTenantIsNotThere) {
  const auto foreign = arrange_departure("b", "READY");
  EXPECT_EQ(update({.id = foreign, .capacity = 3}).error().name, ErrorName::kNotFound);
  EXPECT_EQ(mark_ready(foreign).error().name, ErrorName::kNotFound);
  EXPECT_EQ(publish(foreign).error().name, ErrorName::kNotFound);
  EXPECT_EQ(cancel(foreign).error().name, ErrorName::kNotFound);
  EXPECT_EQ(column(foreign, "status"), "READY");
}

TEST_F(DeparturesTest, TheStatementsNameTheTenantEvenWithoutRowLevelSecurity) {
  const auto foreign = arrange_departure("b", "READY");
  for (const auto* table : {"vehicles", "crew_members", "tour_templates", "tour_departures"}) {
    database_.run(fmt::format("alter table backoffice.{} disable row level security", table));
  }
  EXPECT_EQ(update({.id = foreign, .capacity = 3}).error().name, ErrorName::kNotFound);
  EXPECT_EQ(publish(foreign).error().name, ErrorName::kNotFound);
  EXPECT_EQ(cancel(foreign).error().name, ErrorName::kNotFound);
  auto departure = wanted();
  departure.tour_template_id = tour_template("b");
  EXPECT_EQ(create(departure).error().path, "$.input.tour_template_id");
  departure = wanted();
  departure.vehicle_id = coach("b");
  EXPECT_EQ(create(departure).error().path, "$.input.vehicle_id");
  departure = wanted();
  departure.driver_id = driver("b");
  EXPECT_EQ(create(departure).error().path, "$.input.driver_id");
}

TEST_F(DeparturesTest, OnlyManagersAndDispatchersMay) {
  const auto id = arrange_departure("a", "READY");
  for (const auto* role : {"driver", "", "busflow_staff", "Dispatcher"}) {
    auto context = as(role, tenant("a"));
    const std::vector<Result<Departure>> results = {
        create_departure(context, pool_, wanted()), update_departure(context, pool_, {.id = id, .capacity = 3}),
        mark_departure_ready(context, pool_, id), publish_departure(context, pool_, id),
        cancel_departure(context, pool_, id)};
    for (const auto& result : results) {
      ASSERT_FALSE(result) << role;
      EXPECT_EQ(result.error().name, ErrorName::kPermissionDenied) << role;
    }
  }
  EXPECT_EQ(column(id, "status"), "READY");
  auto manager = as("manager", tenant("a"));
  EXPECT_TRUE(publish_departure(manager, pool_, id));
}

TEST_F(DeparturesTest, NeedsATenant) {
  auto context = dispatcher();
  context.session = Session("dispatcher", {});
  EXPECT_EQ(create_departure(context, pool_, wanted()).error().name, ErrorName::kMissingSessionVariable);
  context.session = Session("dispatcher", {{"x-hasura-tenant-id", "all"}});
  EXPECT_EQ(create_departure(context, pool_, wanted()).error().name, ErrorName::kInvalidClaims);
}

class ActionsTest : public BackofficeTest {
 protected:
  Result<json::Value> call(std::string_view name, const std::string& arguments) {
    auto context = dispatcher();
    for (const auto& action : make_module({.pool = pool_}).actions) {
      if (action.name == name) return action.handle(context, json::parse(arguments).value().as_object());
    }
    return fail(ErrorName::kInternal, "no such action");
  }
};

TEST_F(ActionsTest, LeadADepartureFromDraftToCancelled) {
  const auto created =
      call("createDeparture", fmt::format(R"({{"input": {{"tour_template_id": "{}", "start_date": "2027-05-01"}}}})",
                                          tour_template("a").to_string()));
  ASSERT_TRUE(created) << created.error().detail;
  const std::string id(created->at("id").as_string());
  EXPECT_EQ(created->at("status").as_string(), "DRAFT");

  const auto updated = call(
      "updateDeparture", fmt::format(R"({{"input": {{"id": "{}", "vehicle_id": "{}"}}}})", id, coach("a").to_string()));
  ASSERT_TRUE(updated) << updated.error().detail;
  const auto argument = fmt::format(R"({{"id": "{}"}})", id);
  for (const auto& [action, status] :
       {std::pair{"markDepartureReady", "READY"}, std::pair{"publishDeparture", "PUBLISHED"},
        std::pair{"cancelDeparture", "CANCELLED"}}) {
    const auto result = call(action, argument);
    ASSERT_TRUE(result) << result.error().detail;
    EXPECT_EQ(json::serialize(*result), fmt::format(R"({{"id":"{}","status":"{}"}})", id, status));
  }
  EXPECT_EQ(events(), "1");
}

TEST_F(ActionsTest, NameTheWrongArgument) {
  EXPECT_EQ(call("publishDeparture", R"({"id": "42"})").error().path, "$.id");
  EXPECT_EQ(call("createDeparture", "{}").error().path, "$.input");
}

}  // namespace
}  // namespace busflow::backoffice
