#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <platform/base/clock.hpp>

namespace busflow::backoffice {

/// A day of the calendar, without time and zone.
using Date = std::chrono::year_month_day;

/// "2026-05-01". Nothing for another form or a day that does not exist.
std::optional<Date> parse_date(std::string_view text);
std::string to_text(Date date);
Date add_days(Date date, int days);
/// Days from `first` to `last`, both included: 1 for a day trip.
int length_in_days(Date first, Date last);

/// RFC 3339 in UTC, as to_rfc3339() writes it, with or without milliseconds. Nothing for another form.
std::optional<WallTime> parse_utc_time(std::string_view text);

/// The instant at which clocks in Germany, Austria and Switzerland show `time_of_day` on `date`: UTC+1, and UTC+2 from
/// the last Sunday of March, 01:00 UTC, to the last Sunday of October, 01:00 UTC (Directive 2000/84/EC). A time that
/// the change to summer time skips counts as winter time; one that occurs twice is the first.
WallTime central_european_time(Date date, std::chrono::minutes time_of_day);
/// The date on which the same clocks stand at `time`.
Date central_european_date(WallTime time);

}  // namespace busflow::backoffice
