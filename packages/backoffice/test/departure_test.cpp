#include "domain/departure.hpp"

#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace busflow::backoffice {
namespace {

using enum DepartureStatus;
using enum DepartureStep;

Date date(const char* text) { return parse_date(text).value(); }

TourTemplate prague() {
  return {.id = name_based_identifier("template"),
          .name = "Prag",
          .destination = "Prag, Tschechien",
          .status = "ACTIVE",
          .duration_days = 4,
          .default_capacity = 45,
          .list_price_cents = 39900,
          .currency = "EUR"};
}

Vehicle coach(std::int64_t seats) {
  return {.id = name_based_identifier("vehicle"), .name = "Reisebus 1", .seat_count = seats, .status = "ACTIVE"};
}

Result<Departure> plan(const NewDeparture& wanted, const TourTemplate& tour_template = prague()) {
  return plan_departure(name_based_identifier("departure"), name_based_identifier("tenant"), tour_template, wanted);
}

Departure draft() { return plan({.start_date = date("2026-05-01")}).value(); }

bool mentions(const Error& error, std::string_view text) { return error.detail.find(text) != std::string::npos; }

TEST(DepartureStatus, AllowsExactlyTheStepsOfTheStateMachine) {
  const std::set<std::pair<DepartureStatus, DepartureStep>> allowed = {
      {kDraft, kUpdate},  {kDraft, kMarkReady}, {kDraft, kCancel},     {kReady, kUpdate},
      {kReady, kPublish}, {kReady, kCancel},    {kPublished, kCancel},
  };
  for (const auto status : {kDraft, kReady, kPublished, kCancelled}) {
    for (const auto step : {kUpdate, kMarkReady, kPublish, kCancel}) {
      const auto result = after(step, status);
      EXPECT_EQ(result.has_value(), allowed.contains({status, step})) << to_text(status) << " " << to_text(step);
      if (result) continue;
      EXPECT_EQ(result.error().name, ErrorName::kStateConflict);
      EXPECT_TRUE(mentions(result.error(), to_text(status))) << result.error().detail;
      for (const auto other : {kUpdate, kMarkReady, kPublish, kCancel}) {
        const bool named = result.error().detail.find(to_text(other), to_text(step).size()) != std::string::npos;
        EXPECT_EQ(named, allowed.contains({status, other})) << result.error().detail;
      }
    }
  }
}

TEST(DepartureStatus, LeadsToTheRightStatus) {
  EXPECT_EQ(after(kUpdate, kReady), kReady);
  EXPECT_EQ(after(kMarkReady, kDraft), kReady);
  EXPECT_EQ(after(kPublish, kReady), kPublished);
  EXPECT_EQ(after(kCancel, kPublished), kCancelled);
}

TEST(DepartureStatus, SurvivesText) {
  for (const auto status : {kDraft, kReady, kPublished, kCancelled})
    EXPECT_EQ(parse_departure_status(to_text(status)), status);
  EXPECT_FALSE(parse_departure_status("draft"));
}

TEST(PlanDeparture, TakesDefaultsFromTheTemplate) {
  const auto departure = plan({.start_date = date("2026-05-01")});
  ASSERT_TRUE(departure);
  EXPECT_EQ(departure->status, kDraft);
  EXPECT_EQ(to_text(departure->end_date), "2026-05-04");
  EXPECT_EQ(departure->capacity, 45);
}

TEST(PlanDeparture, RefusesWrongValuesByName) {
  const Date start = date("2026-05-01");
  EXPECT_EQ(plan({.start_date = start, .end_date = date("2026-04-30")}).error().path, "$.input.end_date");
  EXPECT_EQ(plan({.start_date = start, .end_date = date("2026-09-01")}).error().path, "$.input.end_date");
  EXPECT_EQ(plan({.start_date = start, .capacity = 0}).error().path, "$.input.capacity");
  EXPECT_EQ(plan({.start_date = start, .capacity = 121}).error().path, "$.input.capacity");
  EXPECT_EQ(plan({.start_date = start, .notes = std::string(5000, 'x')}).error().path, "$.input.notes");
  EXPECT_TRUE(plan({.start_date = start, .end_date = start, .capacity = 120}));
}

TEST(PlanDeparture, NeedsAnActiveTemplate) {
  auto archived = prague();
  archived.status = "ARCHIVED";
  const auto result = plan({.start_date = date("2026-05-01")}, archived);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().name, ErrorName::kStateConflict);
  EXPECT_TRUE(mentions(result.error(), "ARCHIVED"));
}

TEST(ChangeDeparture, LeavesWhatIsNotMentioned) {
  auto before = draft();
  before.notes = "Fähre";
  before.vehicle_id = name_based_identifier("vehicle");
  const auto after_change = change_departure(before, {.capacity = 30});
  ASSERT_TRUE(after_change);
  EXPECT_EQ(after_change->capacity, 30);
  EXPECT_EQ(after_change->notes, "Fähre");
  EXPECT_EQ(after_change->vehicle_id, before.vehicle_id);
  EXPECT_EQ(after_change->end_date, before.end_date);
}

TEST(ChangeDeparture, MovesTheEndWithTheStart) {
  const auto moved = change_departure(draft(), {.start_date = date("2026-06-29")});
  ASSERT_TRUE(moved);
  EXPECT_EQ(to_text(moved->end_date), "2026-07-02");
  const auto both = change_departure(draft(), {.start_date = date("2026-06-29"), .end_date = date("2026-06-30")});
  ASSERT_TRUE(both);
  EXPECT_EQ(to_text(both->end_date), "2026-06-30");
}

TEST(ChangeDeparture, EmptiesWhatIsNull) {
  auto before = draft();
  before.notes = "Fähre";
  before.vehicle_id = name_based_identifier("vehicle");
  DepartureChange change;
  change.notes.emplace(std::nullopt);
  change.vehicle_id.emplace(std::nullopt);
  const auto after_change = change_departure(before, change);
  ASSERT_TRUE(after_change);
  EXPECT_FALSE(after_change->notes);
  EXPECT_FALSE(after_change->vehicle_id);
}

TEST(ChangeDeparture, IsOverOncePublished) {
  for (const auto status : {kPublished, kCancelled}) {
    auto departure = draft();
    departure.status = status;
    EXPECT_EQ(change_departure(departure, {.capacity = 30}).error().name, ErrorName::kStateConflict);
  }
}

TEST(CheckVehicle, NeedsAnActiveVehicleWithEnoughSeats) {
  EXPECT_TRUE(check_vehicle(draft(), coach(45), kMarkReady));
  const auto missing = check_vehicle(draft(), std::nullopt, kMarkReady);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().name, ErrorName::kStateConflict);
  EXPECT_TRUE(mentions(missing.error(), "DRAFT"));
  EXPECT_TRUE(mentions(missing.error(), "vehicle"));
  const auto small = check_vehicle(draft(), coach(44), kPublish);
  ASSERT_FALSE(small);
  EXPECT_TRUE(mentions(small.error(), "45 exceeds the 44 seats of 'Reisebus 1'")) << small.error().detail;
  auto broken = coach(45);
  broken.status = "MAINTENANCE";
  EXPECT_TRUE(mentions(check_vehicle(draft(), broken, kMarkReady).error(), "MAINTENANCE"));
}

TEST(CheckDriver, NeedsAnActiveDriver) {
  CrewMember driver{.id = {}, .display_name = "Fahrer 1", .role = "DRIVER", .status = "ACTIVE"};
  EXPECT_TRUE(check_driver(driver));
  driver.status = "ON_LEAVE";
  EXPECT_EQ(check_driver(driver).error().path, "$.input.driver_id");
  driver = {.id = {}, .display_name = "Reiseleitung 1", .role = "GUIDE", .status = "ACTIVE"};
  EXPECT_FALSE(check_driver(driver));
}

TEST(PublishedEvent, CarriesAllThatConsumersNeed) {
  const auto departure = draft();
  const auto event = published_event(name_based_identifier("event"), departure, prague(), WallTime{});
  EXPECT_EQ(event.tour_departure_id, departure.id);
  EXPECT_EQ(event.tenant_id, departure.tenant_id);
  EXPECT_EQ(event.title, "Prag");
  EXPECT_EQ(event.destination, "Prag, Tschechien");
  EXPECT_EQ(event.list_price_cents, 39900);
  EXPECT_EQ(event.capacity, 45);
  EXPECT_EQ(event.legs.size(), 3U);
}

}  // namespace
}  // namespace busflow::backoffice
