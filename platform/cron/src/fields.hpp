#pragma once

#include <bitset>
#include <optional>
#include <string_view>
#include <vector>

#include <platform/base/result.hpp>

namespace busflow::cron {

/// A weekday of the month: the second Monday, the last Friday.
struct MonthlyWeekday {
  unsigned weekday = 0;  ///< 0: Sunday.
  unsigned number = 0;   ///< 1 to 5; 0: the last.
};

/// The numbers an expression allows.
struct Fields {
  std::bitset<60> seconds;
  std::bitset<60> minutes;
  std::bitset<24> hours;
  std::bitset<32> days;    ///< From 1.
  std::bitset<13> months;  ///< From 1.
  std::bitset<7> weekdays;
  std::vector<MonthlyWeekday> monthly_weekdays;
  bool last_day = false;
  bool has_days = false;      ///< The day of the month is restricted.
  bool has_weekdays = false;  ///< The day of the week is restricted.
  bool has_hours = false;     ///< The hour is restricted.
};

/// kBadRequest names the field and what is wrong with it.
Result<Fields> parse_fields(std::string_view expression);

}  // namespace busflow::cron
