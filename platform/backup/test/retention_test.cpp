#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include <platform/backup/retention.hpp>
#include <platform/cron/schedule.hpp>

namespace busflow::backup {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

constexpr RetentionRules kRules;

std::vector<WallTime> kept(const std::vector<KeptDump>& decided) {
  std::vector<WallTime> times;
  for (const auto& dump : decided) {
    if (!dump.reason.empty()) times.push_back(dump.time);
  }
  return times;
}

WallTime at(int year, unsigned month, unsigned day, int hour = 2) {
  return std::chrono::sys_days(std::chrono::year(year) / static_cast<int>(month) / static_cast<int>(day)) +
         std::chrono::hours(hour);
}

TEST(Retention, KeepsFourteenDaysAndFourFinishedWeeks) {
  std::vector<WallTime> times;
  for (int day = 0; day < 60; ++day) times.push_back(at(2026, 3, 1) + days(day));  // To Wednesday, 29 April.
  const auto decided = decide_regular(times, {}, times.back() + 1h, kRules);
  const auto left = kept(decided);
  EXPECT_EQ(left.size(), 14 + 2) << "the other two weeks' Sundays are among the days";
  EXPECT_EQ(left[0], at(2026, 4, 5)) << "the Sunday of the fourth week before this one";
  EXPECT_EQ(left[1], at(2026, 4, 12));
  EXPECT_EQ(left[2], at(2026, 4, 16));
}

TEST(Retention, TakesTheWeeksNewestWhenItsSundayFailed) {
  std::vector<WallTime> times;
  for (int day = 0; day < 60; ++day) {
    if (const auto time = at(2026, 3, 1) + days(day); time != at(2026, 4, 5)) times.push_back(time);
  }
  EXPECT_EQ(kept(decide_regular(times, {}, times.back() + 1h, kRules))[0], at(2026, 4, 4));
}

TEST(Retention, CountsSuccessesNotDays) {
  std::vector<WallTime> times;
  for (int day = 0; day < 20; ++day) times.push_back(at(2026, 3, 1) + days(day));
  const auto before = kept(decide_regular(times, {}, times.back() + 1h, kRules));
  const auto after_a_silent_year = kept(decide_regular(times, {}, times.back() + days(365), kRules));
  EXPECT_EQ(std::ranges::count_if(after_a_silent_year,
                                  [&](WallTime time) { return std::ranges::find(before, time) == before.end(); }),
            0);
  EXPECT_GE(after_a_silent_year.size(), 14);
}

TEST(Retention, SeveralOfOneDayCountAsOne) {
  const auto decided =
      decide_regular({at(2026, 5, 1, 2), at(2026, 5, 1, 3), at(2026, 5, 1, 23)}, {}, at(2026, 5, 2), kRules);
  EXPECT_EQ(kept(decided), std::vector<WallTime>{at(2026, 5, 1, 23)});
}

TEST(Retention, NeverDeletesTheLastVerified) {
  std::vector<WallTime> times;
  for (int day = 0; day < 100; ++day) times.push_back(at(2026, 1, 1) + days(day));
  const auto decided = decide_regular(times, times[3], times.back(), kRules);
  EXPECT_EQ(decided[3].reason, "last verified");
  EXPECT_EQ(decided[4].reason, "");
}

TEST(Retention, KeepsPreCutoverDumpsThirtyDays) {
  const auto now = at(2026, 5, 31);
  const auto decided =
      decide_pre_cutover({now - days(30), now - days(29), now - days(90)}, now - days(90), now, kRules);
  EXPECT_EQ(decided[0].reason, "");
  EXPECT_EQ(decided[1].reason, "pre-cutover");
  EXPECT_EQ(decided[2].reason, "last verified");
}

/// Years of nightly dumps by the clock of Berlin, with failures, gaps of weeks, extra dumps and a prune after each.
class RetentionProperty : public testing::TestWithParam<unsigned> {};

TEST_P(RetentionProperty, HoldsOverYearsOfPruning) {
  std::mt19937 random(GetParam());
  const auto chance = [&](int percent) { return static_cast<int>(random() % 100) < percent; };
  const auto schedule = cron::Schedule::parse("30 2 * * *", "Europe/Berlin");
  ASSERT_TRUE(schedule);
  WallTime now = at(2024, 1, 1);
  std::vector<WallTime> times;
  std::vector<WallTime> all;
  WallTime verified{};
  int silent_days = 0;
  for (int night = 0; night < 3 * 365; ++night) {
    now = schedule->next(now).value();
    if (silent_days == 0 && chance(1)) silent_days = 1 + static_cast<int>(random() % 40);
    if (silent_days > 0) --silent_days;
    if (silent_days == 0 && !chance(10)) times.push_back(now);
    if (silent_days == 0 && chance(5)) times.push_back(now + 5h);
    if (!times.empty() && chance(60)) verified = times.back();
    all = times;
    const auto left = kept(decide_regular(times, verified, now + 6h, kRules));
    const auto has = [&](WallTime time) { return std::ranges::find(left, time) != left.end(); };
    ASSERT_LE(left.size(), 14 + 4 + 1);
    if (!all.empty()) ASSERT_TRUE(has(all.back())) << "the newest";
    if (verified != WallTime{}) ASSERT_TRUE(has(verified));
    // Each of the last fourteen days that had a success still has its newest.
    std::vector<std::chrono::sys_days> seen;
    for (auto time = all.rbegin(); time != all.rend() && seen.size() < 14; ++time) {
      const auto day = std::chrono::floor<days>(*time);
      if (!seen.empty() && seen.back() == day) continue;
      seen.push_back(day);
      ASSERT_TRUE(has(*time)) << to_rfc3339(*time);
    }
    // What is deleted now is never wanted later: pruning after each night keeps what one prune of everything would.
    times = left;
  }
  EXPECT_GE(times.size(), 14);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RetentionProperty, testing::Range(1U, 41U));

/// Pruning night by night must end with what one prune of the whole history would keep.
TEST(Retention, DoesNotDependOnWhenItRan) {
  std::mt19937 random(7);
  std::vector<WallTime> whole;
  std::vector<WallTime> pruned;
  for (int night = 0; night < 400; ++night) {
    const WallTime now = at(2025, 1, 1) + days(night);
    if (random() % 4 != 0) {
      whole.push_back(now);
      pruned.push_back(now);
    }
    pruned = kept(decide_regular(pruned, {}, now + 1h, kRules));
    ASSERT_EQ(pruned, kept(decide_regular(whole, {}, now + 1h, kRules))) << to_rfc3339(now);
  }
}

}  // namespace
}  // namespace busflow::backup
