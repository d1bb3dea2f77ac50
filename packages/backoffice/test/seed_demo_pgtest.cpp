#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include <platform/json/json.hpp>
#include <platform/json/reader.hpp>

#include <backoffice/demo_data.hpp>

#include "backoffice_fixture.hpp"

namespace busflow::backoffice {
namespace {

class SeedDemoTest : public BackofficeTest {
 protected:
  Result<void> seed() {
    auto context = as("", {});
    context.session = {};
    return make_module({.pool = pool_}).seed_demo(context);
  }

  std::string count(const std::string& table, const char* key) const {
    const auto tenant_id = name_based_identifier(std::string("operator/") + key).to_string();
    return database_.value("select count(*) from backoffice." + table + " where tenant_id = '" + tenant_id + "'");
  }
};

TEST_F(SeedDemoTest, FillsBothOperators) {
  const auto result = seed();
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(count("vehicles", "bruning"), "3");
  EXPECT_EQ(count("tour_templates", "bruning"), "12");
  EXPECT_EQ(count("tour_departures", "bruning"), "10");
  EXPECT_EQ(count("vehicles", "nordlicht"), "2");
  EXPECT_EQ(count("tour_departures", "nordlicht"), "3");
}

TEST_F(SeedDemoTest, ChangesNothingTheSecondTime) {
  ASSERT_TRUE(seed());
  const std::string state =
      "select md5(string_agg(d::text, '|' order by id)) || (select count(*) from backoffice.outbox)"
      " from backoffice.tour_departures d";
  const auto before = database_.value(state);
  database_.run(
      "update backoffice.vehicles set name = 'umbenannt' where id = (select min(id::text)::uuid from "
      "backoffice.vehicles)");
  clock_.advance(std::chrono::hours(48));
  const auto again = seed();
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(database_.value(state), before);
  EXPECT_EQ(database_.value("select count(*) from backoffice.vehicles where name = 'umbenannt'"), "1");
}

TEST_F(SeedDemoTest, WritesOneEventForEachPublishedDeparture) {
  ASSERT_TRUE(seed());
  const auto expected = demo_events(clock_.now());
  EXPECT_EQ(events(), std::to_string(expected.size()));
  EXPECT_EQ(database_.value("select count(*) from backoffice.tour_departures where status = 'PUBLISHED'"),
            std::to_string(expected.size()));
  for (const auto& event : expected) {
    const auto payload = json::parse(
        database_.value("select payload::text from backoffice.outbox where id = '" + event.event_id.to_string() + "'"));
    ASSERT_TRUE(payload) << event.title;
    EXPECT_EQ(read_tour_departure_published<json::Reader>(payload->as_object()), event) << event.title;
  }
}

}  // namespace
}  // namespace busflow::backoffice
