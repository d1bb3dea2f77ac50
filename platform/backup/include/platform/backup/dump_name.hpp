#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <platform/backup/problem.hpp>
#include <platform/base/clock.hpp>

namespace busflow::backup {

/// "pg_dump_20260501_0200.dump": the only name a dump may have. The time is UTC.
std::string dump_name(WallTime time);

/// The time in a name. kWrongName for another form, kImpossibleDate for a day or time that the calendar lacks.
Outcome<WallTime> parse_dump_name(std::string_view name);

/// How often a dump is made, which says how old the newest may be.
struct Cadence {
  std::string_view name;
  std::chrono::minutes longest_age{};  ///< One interval and two hours, for a slow dump or a late start.
};

/// "hourly", "daily" or "weekly".
std::optional<Cadence> find_cadence(std::string_view name);

}  // namespace busflow::backup
