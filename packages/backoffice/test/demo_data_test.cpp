#include <backoffice/demo_data.hpp>

#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace busflow::backoffice {
namespace {

Date today() { return parse_date("2026-11-24").value(); }

const DemoVehicle* vehicle_of(const DemoOperator& demo, const DemoDeparture& departure) {
  for (const auto& vehicle : demo.vehicles) {
    if (departure.vehicle_id == vehicle.id) return &vehicle;
  }
  return nullptr;
}

TEST(DemoData, IsTheSameEveryTimeExceptForDates) {
  const auto first = demo_operators(today());
  const auto later = demo_operators(add_days(today(), 30));
  ASSERT_EQ(first.size(), 2U);
  ASSERT_EQ(first[0].departures.size(), later[0].departures.size());
  EXPECT_EQ(first[0].id, name_based_identifier("operator/bruning"));
  EXPECT_EQ(first[1].id, name_based_identifier("operator/nordlicht"));
  for (std::size_t i = 0; i < first[0].departures.size(); ++i) {
    EXPECT_EQ(first[0].departures[i].id, later[0].departures[i].id);
    EXPECT_EQ(add_days(first[0].departures[i].start_date, 30), later[0].departures[i].start_date);
  }
}

TEST(DemoData, HasNoIdTwice) {
  std::set<std::string> ids;
  const auto add = [&](const Uuid& id, const std::string& what) {
    EXPECT_TRUE(ids.insert(id.to_string()).second) << what;
  };
  for (const auto& demo : demo_operators(today())) {
    add(demo.id, demo.name);
    for (const auto& vehicle : demo.vehicles) add(vehicle.id, vehicle.name);
    for (const auto& member : demo.crew_members) add(member.id, member.display_name);
    for (const auto& tour : demo.tour_templates) add(tour.id, tour.name);
    for (const auto& departure : demo.departures) add(departure.id, departure.tour_template.name);
  }
  for (const auto& event : demo_events(std::chrono::sys_days(today()))) add(event.event_id, event.title);
}

TEST(DemoData, IsLargeEnoughToShowTheProduct) {
  const auto demo = demo_operators(today()).front();
  EXPECT_EQ(demo.vehicles.size(), 3U);
  EXPECT_EQ(demo.tour_templates.size(), 12U);
  std::map<std::string, int> departures;
  for (const auto& departure : demo.departures) ++departures[departure.status];
  EXPECT_GE(departures["DRAFT"], 2);
  EXPECT_GE(departures["READY"], 2);
  EXPECT_GE(departures["PUBLISHED"], 3);
}

TEST(DemoData, ObeysTheRulesOfThePlan) {
  for (const auto& demo : demo_operators(today())) {
    for (const auto& departure : demo.departures) {
      EXPECT_GE(departure.start_date, today());
      EXPECT_EQ(length_in_days(departure.start_date, departure.end_date), departure.tour_template.duration_days);
      if (departure.status == "DRAFT") continue;
      const auto* vehicle = vehicle_of(demo, departure);
      ASSERT_NE(vehicle, nullptr) << departure.tour_template.name;
      EXPECT_LE(departure.capacity, vehicle->seat_count) << departure.tour_template.name;
    }
  }
}

TEST(DemoData, PlansNoVehicleTwiceAtATime) {
  for (const auto& demo : demo_operators(today())) {
    for (const auto& a : demo.departures) {
      for (const auto& b : demo.departures) {
        if (a.id == b.id || !a.vehicle_id || a.vehicle_id != b.vehicle_id) continue;
        EXPECT_TRUE(a.end_date < b.start_date || b.end_date < a.start_date)
            << a.tour_template.name << ", " << b.tour_template.name;
      }
    }
  }
}

}  // namespace
}  // namespace busflow::backoffice
