#include "actions.hpp"

#include <string_view>

#include <gtest/gtest.h>

#include <platform/json/json.hpp>

namespace busflow::backoffice {
namespace {

json::Object object(std::string_view text) { return json::parse(text).value().as_object(); }

TEST(ReadNewDeparture, ReadsAllFields) {
  const auto wanted = read_new_departure(object(R"({"input": {
    "tour_template_id": "00000000-0000-8000-8000-000000000001", "start_date": "2026-05-01", "end_date": "2026-05-03",
    "capacity": 40, "vehicle_id": "00000000-0000-8000-8000-000000000002", "driver_id": null, "notes": "Fähre"}})"));
  ASSERT_TRUE(wanted) << wanted.error().detail;
  EXPECT_EQ(to_text(wanted->start_date), "2026-05-01");
  EXPECT_EQ(to_text(wanted->end_date.value()), "2026-05-03");
  EXPECT_EQ(wanted->capacity, 40);
  EXPECT_TRUE(wanted->vehicle_id);
  EXPECT_FALSE(wanted->driver_id);
  EXPECT_EQ(wanted->notes, "Fähre");
}

TEST(ReadNewDeparture, NamesTheWrongField) {
  const auto path = [](std::string_view text) { return read_new_departure(object(text)).error().path; };
  EXPECT_EQ(path("{}"), "$.input");
  EXPECT_EQ(path(R"({"input": {"start_date": "2026-05-01"}})"), "$.input.tour_template_id");
  EXPECT_EQ(path(R"({"input": {"tour_template_id": "00000000-0000-8000-8000-000000000001"}})"), "$.input.start_date");
  EXPECT_EQ(path(R"({"input": {"tour_template_id": "00000000-0000-8000-8000-000000000001", "start_date": "1 May"}})"),
            "$.input.start_date");
  EXPECT_EQ(
      path(
          R"({"input": {"tour_template_id": "00000000-0000-8000-8000-000000000001", "start_date": "2026-05-01", "seats": 3}})"),
      "$.input.seats");
}

TEST(ReadDepartureChange, TellsAbsentFromNull) {
  const auto change = read_departure_change(
      object(R"({"input": {"id": "00000000-0000-8000-8000-000000000001", "vehicle_id": null, "capacity": null}})"));
  ASSERT_TRUE(change) << change.error().detail;
  ASSERT_TRUE(change->vehicle_id);
  EXPECT_FALSE(*change->vehicle_id);
  EXPECT_FALSE(change->driver_id);
  EXPECT_FALSE(change->notes);
  EXPECT_FALSE(change->capacity);
}

TEST(ReadDepartureChange, NamesTheWrongField) {
  const auto path = [](std::string_view text) { return read_departure_change(object(text)).error().path; };
  EXPECT_EQ(path(R"({"input": {}})"), "$.input.id");
  EXPECT_EQ(path(R"({"input": {"id": "00000000-0000-8000-8000-000000000001", "end_date": "2026-02-30"}})"),
            "$.input.end_date");
  EXPECT_EQ(path(R"({"input": {"id": "00000000-0000-8000-8000-000000000001", "status": "PUBLISHED"}})"),
            "$.input.status");
}

}  // namespace
}  // namespace busflow::backoffice
