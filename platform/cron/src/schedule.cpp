#include <platform/cron/schedule.hpp>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include <date/tz.h>
#include <fmt/format.h>

#include "fields.hpp"

namespace busflow::cron {
namespace {

using date::days;
using date::local_days;
using date::local_seconds;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using SystemSeconds = date::sys_seconds;

constexpr days kHorizon{366 * 30};
/// No clock change is larger.
constexpr hours kLargestChange{3};

bool is_monthly_weekday(const MonthlyWeekday& wanted, const date::year_month_day& date, unsigned weekday) {
  if (wanted.weekday != weekday) return false;
  const auto day = static_cast<unsigned>(date.day());
  if (wanted.number > 0) return (day - 1) / 7 + 1 == wanted.number;
  const auto last = static_cast<unsigned>((date.year() / date.month() / date::last).day());
  return day + 7 > last;
}

bool is_day_allowed(const Fields& fields, local_days day) {
  const date::year_month_day date(day);
  if (!fields.months[static_cast<unsigned>(date.month())]) return false;
  const auto number = static_cast<unsigned>(date.day());
  const auto weekday = date::weekday(day).c_encoding();
  const bool by_day =
      fields.days[number] || (fields.last_day && date.day() == (date.year() / date.month() / date::last).day());
  const bool by_weekday =
      fields.weekdays[weekday] || std::ranges::any_of(fields.monthly_weekdays, [&](const MonthlyWeekday& wanted) {
        return is_monthly_weekday(wanted, date, weekday);
      });
  if (fields.has_days && fields.has_weekdays) return by_day || by_weekday;
  return by_day && by_weekday;
}

/// The first local time from `from` on that the fields allow.
std::optional<local_seconds> next_local(const Fields& fields, local_seconds from) {
  const auto end = from + kHorizon;
  while (from < end) {
    const auto day = date::floor<days>(from);
    const date::hh_mm_ss time(from - day);
    if (!is_day_allowed(fields, day)) {
      from = day + days(1);
    } else if (!fields.hours[static_cast<std::size_t>(time.hours().count())]) {
      from = day + time.hours() + hours(1);
    } else if (!fields.minutes[static_cast<std::size_t>(time.minutes().count())]) {
      from = day + time.hours() + time.minutes() + minutes(1);
    } else if (!fields.seconds[static_cast<std::size_t>(time.seconds().count())]) {
      from += seconds(1);
    } else {
      return from;
    }
  }
  return std::nullopt;
}

/// The first moment after `after` at which a clock on the wall shows `local`; nothing when there is none.
std::optional<SystemSeconds> moment_after(const date::time_zone& zone, local_seconds local, SystemSeconds after,
                                          bool both_passes) {
  const auto info = zone.get_info(local);
  const SystemSeconds first(local.time_since_epoch() - info.first.offset);  // In a gap: later by the gap.
  if (first > after) return first;
  if (info.result == date::local_info::ambiguous && both_passes) {
    const SystemSeconds second(local.time_since_epoch() - info.second.offset);
    if (second > after) return second;
  }
  return std::nullopt;
}

bool is_change_near(const date::time_zone& zone, SystemSeconds time) {
  const auto info = zone.get_info(time);
  return info.begin > time - kLargestChange || info.end < time + kLargestChange;
}

}  // namespace

struct Schedule::Rules {
  Fields fields;
  const date::time_zone* zone = nullptr;
};

Schedule::Schedule(std::shared_ptr<const Rules> rules) : rules_(std::move(rules)) {}

Result<Schedule> Schedule::parse(std::string_view expression, std::string_view time_zone) {
  BUSFLOW_TRY(auto fields, parse_fields(expression));
  const std::string name(time_zone.empty() ? "UTC" : time_zone);
  try {
    const auto* zone = date::locate_zone(name);
    return Schedule(std::make_shared<const Rules>(Rules{.fields = std::move(fields), .zone = zone}));
  } catch (const std::runtime_error&) {
    return fail(ErrorName::kBadRequest,
                fmt::format("cron: '{}' is no time zone; use a name such as Europe/Berlin", name));
  }
}

std::optional<WallTime> Schedule::next(WallTime after) const {
  const auto& [fields, zone] = *rules_;
  const auto start = date::floor<seconds>(after);
  const bool both_passes = !fields.has_hours;
  // Around a change of clocks, earlier local times may map to later moments: then the neighbourhood is searched.
  const bool is_change = is_change_near(*zone, start);
  auto local = zone->to_local(start) + (is_change ? -kLargestChange : hours(0));
  std::optional<SystemSeconds> best;
  std::optional<local_seconds> limit;
  while (const auto candidate = next_local(fields, local)) {
    if (limit && *candidate > *limit) break;
    if (const auto moment = moment_after(*zone, *candidate, start, both_passes)) {
      best = best ? std::min(*best, *moment) : *moment;
      if (!is_change_near(*zone, *moment)) break;
      if (!limit) limit = zone->to_local(*best) + kLargestChange;
    }
    local = *candidate + seconds(1);
  }
  if (!best) return std::nullopt;
  return WallTime(best->time_since_epoch());
}

}  // namespace busflow::cron
