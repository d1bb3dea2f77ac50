#include <platform/backup/dump_name.hpp>

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

namespace busflow::backup {
namespace {

constexpr std::string_view kShape = "pg_dump_########_####.dump";
constexpr auto kSlack = std::chrono::hours(2);

constexpr std::array kCadences = {
    Cadence{"hourly", std::chrono::hours(1) + kSlack},
    Cadence{"daily", std::chrono::days(1) + kSlack},
    Cadence{"weekly", std::chrono::weeks(1) + kSlack},
};

bool has_shape(std::string_view name) {
  if (name.size() != kShape.size()) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool digit = name[i] >= '0' && name[i] <= '9';
    if (kShape[i] == '#' ? !digit : name[i] != kShape[i]) return false;
  }
  return true;
}

unsigned digits(std::string_view name, std::size_t begin, std::size_t count) {
  unsigned value = 0;
  std::from_chars(name.data() + begin, name.data() + begin + count, value);
  return value;
}

}  // namespace

std::string dump_name(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("pg_dump_{:04}{:02}{:02}_{:02}{:02}.dump", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count());
}

Outcome<WallTime> parse_dump_name(std::string_view name) {
  if (!has_shape(name))
    return found(Problem::kWrongName, fmt::format("'{}' is not of the form pg_dump_YYYYMMDD_HHMM.dump", name));
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(digits(name, 8, 4))),
                                         std::chrono::month(digits(name, 12, 2)),
                                         std::chrono::day(digits(name, 14, 2))};
  const unsigned hour = digits(name, 17, 2);
  const unsigned minute = digits(name, 19, 2);
  if (!date.ok() || hour > 23 || minute > 59)
    return found(Problem::kImpossibleDate, fmt::format("'{}' names a day or time that does not exist", name));
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute);
}

std::optional<Cadence> find_cadence(std::string_view name) {
  const auto* at = std::ranges::find(kCadences, name, &Cadence::name);
  if (at == kCadences.end()) return std::nullopt;
  return *at;
}

}  // namespace busflow::backup
