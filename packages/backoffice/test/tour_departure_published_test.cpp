#include <backoffice/tour_departure_published.hpp>

#include <string>

#include <gtest/gtest.h>

#include <platform/json/json.hpp>
#include <platform/json/reader.hpp>

namespace busflow::backoffice {
namespace {

TourDeparturePublished sample() {
  const Date start = parse_date("2026-05-01").value();
  const Date end = parse_date("2026-05-04").value();
  return {
      .event_id = name_based_identifier("event"),
      .tenant_id = name_based_identifier("tenant"),
      .tour_departure_id = name_based_identifier("departure"),
      .tour_template_id = name_based_identifier("template"),
      .title = "Prag – \"Goldene Stadt\"",
      .destination = "Prag",
      .start_date = start,
      .end_date = end,
      .capacity = 45,
      .list_price_cents = 39900,
      .currency = "EUR",
      .published_at = parse_utc_time("2026-03-02T10:11:12.345Z").value(),
      .legs = plan_legs(start, end),
  };
}

Result<TourDeparturePublished> read(const json::Object& payload) {
  return read_tour_departure_published<json::Reader>(payload);
}

TEST(TourDeparturePublished, SurvivesJson) {
  const auto text = json::serialize(to_payload<json::Object>(sample()));
  EXPECT_TRUE(text.starts_with("{\"event_id\":")) << text;
  const auto parsed = json::parse(text);
  ASSERT_TRUE(parsed);
  const auto event = read(parsed->as_object());
  ASSERT_TRUE(event) << event.error().detail;
  EXPECT_EQ(*event, sample());
}

TEST(TourDeparturePublished, IgnoresFieldsItDoesNotKnow) {
  auto payload = to_payload<json::Object>(sample());
  payload["max_door_pickups"] = 4;
  EXPECT_TRUE(read(payload));
}

TEST(TourDeparturePublished, NamesEachFieldThatIsMissingOrWrong) {
  const auto whole = to_payload<json::Object>(sample());
  for (const auto& [key, value] : whole) {
    auto payload = whole;
    payload.erase(key);
    const auto missing = read(payload);
    ASSERT_FALSE(missing) << key;
    EXPECT_EQ(missing.error().name, ErrorName::kValidationFailed);
    EXPECT_EQ(missing.error().path, "$." + std::string(key));
    payload[key] = true;
    const auto wrong = read(payload);
    ASSERT_FALSE(wrong) << key;
    EXPECT_EQ(wrong.error().path, "$." + std::string(key));
  }
}

TEST(TourDeparturePublished, NamesThePlaceInTheLegs) {
  auto payload = to_payload<json::Object>(sample());
  payload["legs"].as_array()[1].as_object()["scheduled_end"] = "tomorrow";
  EXPECT_EQ(read(payload).error().path, "$.legs[1].scheduled_end");
  payload["legs"].as_array()[0] = "PICKUP";
  EXPECT_EQ(read(payload).error().path, "$.legs[0]");
}

TEST(PlanLegs, CoversTheWholeTourWithoutGaps) {
  const auto legs = plan_legs(parse_date("2026-10-24").value(), parse_date("2026-10-26").value());
  ASSERT_EQ(legs.size(), 3U);
  EXPECT_EQ(legs[0].leg_type, "PICKUP");
  EXPECT_EQ(to_rfc3339(legs[0].scheduled_start), "2026-10-24T04:00:00.000Z");
  EXPECT_EQ(legs[1].leg_type, "TRANSIT");
  EXPECT_EQ(legs[1].scheduled_start, legs[0].scheduled_end);
  EXPECT_EQ(legs[2].leg_type, "DROPOFF");
  EXPECT_EQ(legs[2].scheduled_start, legs[1].scheduled_end);
  EXPECT_EQ(to_rfc3339(legs[2].scheduled_end), "2026-10-26T19:00:00.000Z");  // winter time by then
}

TEST(PlanLegs, KeepsTheOrderOnADayTrip) {
  const auto day = parse_date("2026-12-05").value();
  for (const auto& leg : plan_legs(day, day)) EXPECT_LT(leg.scheduled_start, leg.scheduled_end) << leg.leg_type;
}

}  // namespace
}  // namespace busflow::backoffice
