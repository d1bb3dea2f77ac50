#include <backoffice/dates.hpp>

#include <gtest/gtest.h>

namespace busflow::backoffice {
namespace {

using std::chrono::minutes;

Date date(const char* text) { return parse_date(text).value(); }

TEST(ParseDate, TakesOnlyRealDaysInIsoForm) {
  EXPECT_EQ(to_text(date("2026-05-01")), "2026-05-01");
  EXPECT_EQ(to_text(date("2028-02-29")), "2028-02-29");
  for (const auto* wrong :
       {"", "2026-02-29", "2026-13-01", "2026-00-10", "2026-5-1", "01.05.2026", "2026-05-01T00:00", "2026-05-0x"}) {
    EXPECT_FALSE(parse_date(wrong)) << wrong;
  }
}

TEST(Dates, CountDaysAcrossMonths) {
  EXPECT_EQ(to_text(add_days(date("2026-12-30"), 3)), "2027-01-02");
  EXPECT_EQ(to_text(add_days(date("2026-03-01"), -1)), "2026-02-28");
  EXPECT_EQ(length_in_days(date("2026-05-01"), date("2026-05-01")), 1);
  EXPECT_EQ(length_in_days(date("2026-02-27"), date("2026-03-02")), 4);
}

TEST(ParseUtcTime, ReadsWhatIsWritten) {
  for (const auto* text : {"2026-05-01T06:30:00.000Z", "2026-12-31T23:59:59.999Z"}) {
    const auto time = parse_utc_time(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(to_rfc3339(*time), text);
  }
  EXPECT_EQ(to_rfc3339(parse_utc_time("2026-05-01T06:30:00Z").value()), "2026-05-01T06:30:00.000Z");
  for (const auto* wrong :
       {"", "2026-05-01", "2026-05-01T06:30:00", "2026-05-01T06:30:00+02:00", "2026-05-01T24:00:00Z",
        "2026-05-01T06:61:00Z", "2026-02-30T06:30:00Z", "2026-05-01T06:30:00.1Z", "2026-05-01T06:30:00,000Z"}) {
    EXPECT_FALSE(parse_utc_time(wrong)) << wrong;
  }
}

TEST(CentralEuropeanTime, FollowsSummerTime) {
  const auto utc = [](const char* day, int hour) {
    return to_rfc3339(central_european_time(date(day), minutes(hour * 60)));
  };
  EXPECT_EQ(utc("2026-01-15", 6), "2026-01-15T05:00:00.000Z");
  EXPECT_EQ(utc("2026-07-15", 6), "2026-07-15T04:00:00.000Z");
  // 2026: from 29 March to 25 October.
  EXPECT_EQ(utc("2026-03-29", 1), "2026-03-29T00:00:00.000Z");
  EXPECT_EQ(utc("2026-03-29", 3), "2026-03-29T01:00:00.000Z");
  EXPECT_EQ(utc("2026-10-25", 2), "2026-10-25T00:00:00.000Z");
  EXPECT_EQ(utc("2026-10-25", 3), "2026-10-25T02:00:00.000Z");
}

TEST(CentralEuropeanDate, ChangesAtLocalMidnight) {
  EXPECT_EQ(to_text(central_european_date(parse_utc_time("2026-07-15T21:59:59Z").value())), "2026-07-15");
  EXPECT_EQ(to_text(central_european_date(parse_utc_time("2026-07-15T22:00:00Z").value())), "2026-07-16");
  EXPECT_EQ(to_text(central_european_date(parse_utc_time("2026-01-15T22:30:00Z").value())), "2026-01-15");
}

}  // namespace
}  // namespace busflow::backoffice
