#include <backoffice/dates.hpp>

#include <charconv>

namespace busflow::backoffice {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::sys_days;

/// Exactly `count` digits at `offset`.
std::optional<int> digits(std::string_view text, std::size_t offset, std::size_t count) {
  if (text.size() < offset + count) return std::nullopt;
  const char* first = text.data() + offset;
  int value = 0;
  for (const char* c = first; c != first + count; ++c) {
    if (*c < '0' || *c > '9') return std::nullopt;
  }
  std::from_chars(first, first + count, value);
  return value;
}

std::string padded(int value, std::size_t width) {
  std::string text = std::to_string(value);
  if (text.size() < width) text.insert(0, width - text.size(), '0');
  return text;
}

sys_days last_sunday(std::chrono::year year, std::chrono::month month) {
  return sys_days(year / month / std::chrono::Sunday[std::chrono::last]);
}

bool is_summer_time(WallTime time) {
  const auto year = Date(std::chrono::floor<days>(time)).year();
  return time >= last_sunday(year, std::chrono::March) + hours(1) &&
         time < last_sunday(year, std::chrono::October) + hours(1);
}

}  // namespace

std::optional<Date> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = digits(text, 0, 4);
  const auto month = digits(text, 5, 2);
  const auto day = digits(text, 8, 2);
  if (!year || !month || !day) return std::nullopt;
  const Date date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                  std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return date;
}

std::string to_text(Date date) {
  return padded(static_cast<int>(date.year()), 4) + "-" +
         padded(static_cast<int>(static_cast<unsigned>(date.month())), 2) + "-" +
         padded(static_cast<int>(static_cast<unsigned>(date.day())), 2);
}

Date add_days(Date date, int count) { return Date(sys_days(date) + days(count)); }

int length_in_days(Date first, Date last) { return static_cast<int>((sys_days(last) - sys_days(first)).count()) + 1; }

std::optional<WallTime> parse_utc_time(std::string_view text) {
  if (text.size() < 20 || text[10] != 'T' || text[13] != ':' || text[16] != ':' || text.back() != 'Z')
    return std::nullopt;
  const auto date = parse_date(text.substr(0, 10));
  const auto hour = digits(text, 11, 2);
  const auto minute = digits(text, 14, 2);
  const auto second = digits(text, 17, 2);
  if (!date || !hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  std::optional<int> millisecond = 0;
  if (text.size() == 24 && text[19] == '.') {
    millisecond = digits(text, 20, 3);
  } else if (text.size() != 20) {
    return std::nullopt;
  }
  if (!millisecond) return std::nullopt;
  return sys_days(*date) + hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second) +
         std::chrono::milliseconds(*millisecond);
}

WallTime central_european_time(Date date, std::chrono::minutes time_of_day) {
  const WallTime summer = sys_days(date) + time_of_day - hours(2);
  return is_summer_time(summer) ? summer : summer + hours(1);
}

Date central_european_date(WallTime time) {
  return Date(std::chrono::floor<days>(time + (is_summer_time(time) ? hours(2) : hours(1))));
}

}  // namespace busflow::backoffice
