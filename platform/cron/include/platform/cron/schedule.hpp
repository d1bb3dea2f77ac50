#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>

namespace busflow::cron {

/// When something recurs: a cron expression in a time zone. Immutable, thread-safe, cheap to copy.
///
/// Five fields (minute, hour, day of month, month, day of week) or six (second first), or a nickname (@yearly,
/// @monthly, @weekly, @daily, @hourly). In a field: `*` or `?`, numbers, names of months and days (JAN, MON), lists,
/// ranges, steps (`*/5`, `10-40/10`, `3/15`); as day of month `L` (the last); as day of week `5L` (the month's last
/// Friday) and `1#2` (its second Monday); 0 and 7 are Sunday. When both kinds of days are restricted, either will do.
///
/// When clocks change, the times are those that BullMQ's cron-parser gives, because workers of both may share a
/// scheduler: what falls into the hour that is left out runs later by that hour; what falls into the hour that comes
/// twice runs in the first one, and in the second as well if the hour is not restricted.
class Schedule {
 public:
  /// `time_zone` is a name of the IANA database, such as "Europe/Berlin"; empty: UTC. kBadRequest names the field and
  /// what is wrong with it.
  static Result<Schedule> parse(std::string_view expression, std::string_view time_zone = {});

  /// The first time after `after`; nothing when there is none within the next thirty years.
  std::optional<WallTime> next(WallTime after) const;

 private:
  struct Rules;
  explicit Schedule(std::shared_ptr<const Rules> rules);
  std::shared_ptr<const Rules> rules_;
};

}  // namespace busflow::cron
