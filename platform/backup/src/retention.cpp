#include <platform/backup/retention.hpp>

#include <algorithm>
#include <functional>
#include <map>

namespace busflow::backup {
namespace {

using std::chrono::sys_days;

sys_days day_of(WallTime time) { return std::chrono::floor<std::chrono::days>(time); }

/// The Monday that it belongs to.
sys_days week_of(WallTime time) {
  const sys_days day = day_of(time);
  return day - (std::chrono::weekday(day) - std::chrono::Monday);
}

using Period = sys_days (*)(WallTime);

/// The newest of each period, newest period first, at most `count`.
std::vector<WallTime> newest_of_each(const std::vector<WallTime>& times, Period period, std::size_t count) {
  std::map<sys_days, WallTime, std::greater<>> newest;
  for (const WallTime time : times) {
    auto& kept = newest[period(time)];
    kept = std::max(kept, time);
  }
  std::vector<WallTime> chosen;
  for (const auto& [begin, time] : newest) {
    if (chosen.size() == count) break;
    chosen.push_back(time);
  }
  return chosen;
}

bool contains(const std::vector<WallTime>& times, WallTime time) {
  return std::ranges::find(times, time) != times.end();
}

void add_reason(std::string& reasons, std::string_view reason) {
  if (!reasons.empty()) reasons += ", ";
  reasons += reason;
}

}  // namespace

std::vector<KeptDump> decide_regular(const std::vector<WallTime>& times, WallTime last_verified, WallTime now,
                                     const RetentionRules& rules) {
  std::vector<WallTime> finished_weeks;
  std::ranges::copy_if(times, std::back_inserter(finished_weeks),
                       [&](WallTime time) { return week_of(time) < week_of(now); });
  const auto daily = newest_of_each(times, day_of, rules.daily);
  const auto weekly = newest_of_each(finished_weeks, week_of, rules.weekly);
  const WallTime newest = times.empty() ? WallTime{} : std::ranges::max(times);
  std::vector<KeptDump> decided;
  for (const WallTime time : times) {
    KeptDump dump{.time = time, .reason = {}};
    if (contains(daily, time)) add_reason(dump.reason, "daily");
    if (contains(weekly, time)) add_reason(dump.reason, "weekly");
    if (time == last_verified) add_reason(dump.reason, "last verified");
    if (dump.reason.empty() && time == newest) add_reason(dump.reason, "newest");
    decided.push_back(std::move(dump));
  }
  return decided;
}

std::vector<KeptDump> decide_pre_cutover(const std::vector<WallTime>& times, WallTime last_verified, WallTime now,
                                         const RetentionRules& rules) {
  std::vector<KeptDump> decided;
  for (const WallTime time : times) {
    KeptDump dump{.time = time, .reason = {}};
    if (now - time < rules.pre_cutover) add_reason(dump.reason, "pre-cutover");
    if (time == last_verified) add_reason(dump.reason, "last verified");
    decided.push_back(std::move(dump));
  }
  return decided;
}

}  // namespace busflow::backup
