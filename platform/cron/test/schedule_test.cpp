#include <platform/cron/schedule.hpp>

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace busflow::cron {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr WallTime at(int year, unsigned month, unsigned day, int hour = 0, int minute = 0, int second = 0) {
  return WallTime(std::chrono::sys_days(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day)) +
                  hours(hour) + minutes(minute) + seconds(second));
}

std::vector<std::string> times(const std::string& expression, WallTime after, int count,
                               const std::string& zone = "Europe/Berlin") {
  const auto schedule = Schedule::parse(expression, zone);
  EXPECT_TRUE(schedule) << schedule.error().detail;
  std::vector<std::string> found;
  while (schedule && count-- > 0) {
    const auto next = schedule->next(after);
    if (!next) break;
    found.push_back(to_rfc3339(*next).substr(0, 19));
    after = *next;
  }
  return found;
}

using Times = std::vector<std::string>;

struct Case {
  std::string expression;
  WallTime after;
  Times expected;
};

// The expected times are what cron-parser 5 gives for the same expressions in Europe/Berlin.
class Expressions : public testing::TestWithParam<Case> {};

TEST_P(Expressions, GiveTheTimesOfCronParser) {
  const auto& [expression, after, expected] = GetParam();
  EXPECT_EQ(times(expression, after, static_cast<int>(expected.size())), expected) << expression;
}

const WallTime kJanuary = at(2026, 1, 31, 23, 50);

INSTANTIATE_TEST_SUITE_P(
    Fields, Expressions,
    testing::Values(Case{"15 10 * * 7", at(2026, 10, 24, 23, 50), {"2026-10-25T09:15:00", "2026-11-01T09:15:00"}},
                    Case{"0 0 31 * *", kJanuary, {"2026-03-30T22:00:00", "2026-05-30T22:00:00", "2026-07-30T22:00:00"}},
                    Case{"0 0 13 * 5", kJanuary, {"2026-02-05T23:00:00", "2026-02-12T23:00:00", "2026-02-19T23:00:00"}},
                    Case{"0 0 L * *", kJanuary, {"2026-02-27T23:00:00", "2026-03-30T22:00:00", "2026-04-29T22:00:00"}},
                    Case{"0 0 * * 5L", kJanuary, {"2026-02-26T23:00:00", "2026-03-26T23:00:00", "2026-04-23T22:00:00"}},
                    Case{
                        "0 0 * * 1#2", kJanuary, {"2026-02-08T23:00:00", "2026-03-08T23:00:00", "2026-04-12T22:00:00"}},
                    Case{"*/10 * * * * *", at(2026, 1, 31, 23, 50, 3), {"2026-01-31T23:50:10", "2026-01-31T23:50:20"}},
                    Case{"0 0 29 2 *", kJanuary, {"2028-02-28T23:00:00", "2032-02-28T23:00:00"}},
                    Case{"? ? * * MON-FRI", kJanuary, {"2026-02-01T23:00:00", "2026-02-01T23:01:00"}},
                    Case{"0 9 * JAN,jul mon", kJanuary, {"2026-07-06T07:00:00", "2026-07-13T07:00:00"}},
                    Case{"3/15 * * * *", kJanuary, {"2026-02-01T00:03:00", "2026-02-01T00:18:00"}},
                    Case{"@daily", kJanuary, {"2026-02-01T23:00:00", "2026-02-02T23:00:00"}}));

const WallTime kBeforeSpring = at(2026, 3, 28);
const WallTime kBeforeAutumn = at(2026, 10, 24, 23, 50);

INSTANTIATE_TEST_SUITE_P(
    ClockChanges, Expressions,
    testing::Values(
        Case{"30 2 * * *", kBeforeSpring, {"2026-03-28T01:30:00", "2026-03-29T01:30:00", "2026-03-30T00:30:00"}},
        Case{"0 2 * * *", kBeforeSpring, {"2026-03-28T01:00:00", "2026-03-29T01:00:00", "2026-03-30T00:00:00"}},
        Case{"0 3 * * *", kBeforeSpring, {"2026-03-28T02:00:00", "2026-03-29T01:00:00", "2026-03-30T01:00:00"}},
        Case{"*/20 * * * *",
             at(2026, 3, 29, 0, 30),
             {"2026-03-29T00:40:00", "2026-03-29T01:00:00", "2026-03-29T01:20:00", "2026-03-29T01:40:00",
              "2026-03-29T02:00:00"}},
        Case{"*/30 1-3 * * *",
             at(2026, 3, 29, 0, 10),
             {"2026-03-29T00:30:00", "2026-03-29T01:00:00", "2026-03-29T01:30:00", "2026-03-29T23:00:00"}},
        Case{"30 2 * * *", at(2026, 10, 24, 12), {"2026-10-25T00:30:00", "2026-10-26T01:30:00"}},
        Case{"0 * * * *",
             at(2026, 10, 24, 23, 30),
             {"2026-10-25T00:00:00", "2026-10-25T01:00:00", "2026-10-25T02:00:00", "2026-10-25T03:00:00"}},
        Case{"*/30 * * * *",
             kBeforeAutumn,
             {"2026-10-25T00:00:00", "2026-10-25T00:30:00", "2026-10-25T01:00:00", "2026-10-25T01:30:00",
              "2026-10-25T02:00:00"}},
        Case{"*/30 2 * * *", kBeforeAutumn, {"2026-10-25T00:00:00", "2026-10-25T00:30:00", "2026-10-26T01:00:00"}}));

TEST(Schedule, FindsATimeInTheMissingHourFromWithinItsReplacement) {
  EXPECT_EQ(times("30 2 * * *", at(2026, 3, 29, 1, 10), 1), Times{"2026-03-29T01:30:00"});
}

TEST(Schedule, WithoutATimeZoneItIsUtc) {
  EXPECT_EQ(times("30 2 * * *", at(2026, 3, 28, 12), 2, ""), (Times{"2026-03-29T02:30:00", "2026-03-30T02:30:00"}));
}

TEST(Schedule, TimesOnlyEverGrowAndAreFoundFromAnywhere) {
  for (const auto* const zone : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"}) {
    for (const auto* const expression : {"*/30 * * * *", "15 2 * * *", "45 1-2 * * *", "0 0 * * *"}) {
      const auto schedule = *Schedule::parse(expression, zone);
      auto last = *schedule.next(at(2026, 1, 1));
      for (auto probe = at(2026, 1, 1); probe < at(2027, 1, 1); probe += minutes(97)) {
        const auto next = schedule.next(probe);
        ASSERT_TRUE(next);
        ASSERT_GT(*next, probe) << zone << expression;
        ASSERT_GE(*next, last) << zone << " " << expression << " from " << to_rfc3339(probe);
        ASSERT_EQ(*schedule.next(*next - seconds(1)), *next) << zone << " " << expression;
        last = *next;
      }
    }
  }
}

TEST(Schedule, SaysWhatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"* * *", "has 3 fields"},
      {"60 * * * *", "minute '60': not between 0 and 59"},
      {"* 24 * * *", "hour '24'"},
      {"5-1 * * * *", "the range runs backwards"},
      {"*/0 * * * *", "the step"},
      {"* * 0 * *", "day of month '0'"},
      {"* * 30 2 *", "no allowed month has such a day"},
      {"* * * 13 *", "month '13'"},
      {"* * * * 8", "day of week '8'"},
      {"* * * * 1#6", "behind # stands 1 to 5"},
      {"x * * * *", "minute 'x': not a number"},
      {"1, * * * *", "minute '': not a number"},
      {"99999999999 * * * *", "not a number"},
      {"", "has 0 fields"},
  };
  for (const auto& [expression, message] : cases) {
    const auto schedule = Schedule::parse(expression);
    ASSERT_FALSE(schedule) << expression;
    EXPECT_EQ(schedule.error().name, ErrorName::kBadRequest);
    EXPECT_TRUE(schedule.error().detail.contains(message)) << schedule.error().detail;
  }
  EXPECT_TRUE(Schedule::parse("* * * * *", "Mars/Olympus").error().detail.contains("'Mars/Olympus' is no time zone"));
}

}  // namespace
}  // namespace busflow::cron
