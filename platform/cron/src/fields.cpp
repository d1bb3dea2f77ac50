#include "fields.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace busflow::cron {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                      "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<std::string_view, 7> kWeekdays = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kNicknames = {{
    {"@yearly", "0 0 1 1 *"},
    {"@annually", "0 0 1 1 *"},
    {"@monthly", "0 0 1 * *"},
    {"@weekly", "0 0 * * 0"},
    {"@daily", "0 0 * * *"},
    {"@midnight", "0 0 * * *"},
    {"@hourly", "0 * * * *"},
}};
constexpr std::array<unsigned, 13> kLongestMonths = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

struct Kind {
  std::string_view name;
  unsigned first;
  unsigned last;
  std::span<const std::string_view> words{};
  unsigned first_word = 0;  ///< The number of the first word.
};

constexpr Kind kSecond{"second", 0, 59};
constexpr Kind kMinute{"minute", 0, 59};
constexpr Kind kHour{"hour", 0, 23};
constexpr Kind kDay{"day of month", 1, 31};
constexpr Kind kMonth{"month", 1, 12, kMonths, 1};
constexpr Kind kWeekday{"day of week", 0, 7, kWeekdays, 0};

std::unexpected<Error> wrong(const Kind& kind, std::string_view text, std::string_view why) {
  return fail(ErrorName::kBadRequest, fmt::format("cron: {} '{}': {}", kind.name, text, why));
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t start = 0; start <= text.size();) {
    const auto end = std::min(text.find(separator, start), text.size());
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

std::string upper_case(std::string_view text) {
  std::string upper(text);
  std::ranges::transform(upper, upper.begin(), [](char c) { return c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c; });
  return upper;
}

Result<unsigned> parse_number(const Kind& kind, std::string_view text) {
  const auto upper = upper_case(text);
  if (const auto word = std::ranges::find(kind.words, upper); word != kind.words.end()) {
    return kind.first_word + static_cast<unsigned>(word - kind.words.begin());
  }
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return wrong(kind, text, "not a number");
  if (number < kind.first || number > kind.last) {
    return wrong(kind, text, fmt::format("not between {} and {}", kind.first, kind.last));
  }
  return number;
}

struct Range {
  unsigned first = 0;
  unsigned last = 0;
  unsigned step = 1;
};

Result<Range> parse_range(const Kind& kind, std::string_view text) {
  Range range{.first = kind.first, .last = kind.last};
  auto bounds = text;
  const bool has_step = text.contains('/');
  if (has_step) {
    const auto slash = text.find('/');
    bounds = text.substr(0, slash);
    const auto step = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), range.step);
    if (error != std::errc() || end != step.data() + step.size() || range.step == 0) {
      return wrong(kind, text, "the step is not a number from 1 on");
    }
  }
  if (bounds == "*" || bounds == "?") return range;
  if (const auto dash = bounds.find('-'); dash != std::string_view::npos) {
    BUSFLOW_TRY(range.first, parse_number(kind, bounds.substr(0, dash)));
    BUSFLOW_TRY(range.last, parse_number(kind, bounds.substr(dash + 1)));
    if (range.first > range.last) return wrong(kind, text, "the range runs backwards");
    return range;
  }
  BUSFLOW_TRY(range.first, parse_number(kind, bounds));
  if (!has_step) range.last = range.first;
  return range;
}

template <std::size_t Size>
Result<void> parse_list(const Kind& kind, std::string_view text, std::bitset<Size>& allowed) {
  for (const auto part : split(text, ',')) {
    BUSFLOW_TRY(const auto range, parse_range(kind, part));
    for (auto number = range.first; number <= range.last; number += range.step) allowed.set(number % Size);
  }
  return {};
}

bool is_unrestricted(std::string_view text) { return text == "*" || text == "?"; }

Result<void> parse_days(std::string_view text, Fields& fields) {
  fields.has_days = !is_unrestricted(text);
  for (const auto part : split(text, ',')) {
    if (part == "L" || part == "l") {
      fields.last_day = true;
    } else {
      BUSFLOW_CHECK(parse_list(kDay, part, fields.days));
    }
  }
  return {};
}

Result<void> parse_weekdays(std::string_view text, Fields& fields) {
  fields.has_weekdays = !is_unrestricted(text);
  for (const auto part : split(text, ',')) {
    if (part.size() > 1 && (part.back() == 'L' || part.back() == 'l')) {
      BUSFLOW_TRY(const auto weekday, parse_number(kWeekday, part.substr(0, part.size() - 1)));
      fields.monthly_weekdays.push_back({.weekday = weekday % 7, .number = 0});
    } else if (const auto hash = part.find('#'); hash != std::string_view::npos) {
      BUSFLOW_TRY(const auto weekday, parse_number(kWeekday, part.substr(0, hash)));
      const auto number = part.substr(hash + 1);
      if (number.size() != 1 || number[0] < '1' || number[0] > '5')
        return wrong(kWeekday, part, "behind # stands 1 to 5");
      fields.monthly_weekdays.push_back({.weekday = weekday % 7, .number = static_cast<unsigned>(number[0] - '0')});
    } else {
      BUSFLOW_CHECK(parse_list(kWeekday, part, fields.weekdays));
    }
  }
  return {};
}

/// Days that no allowed month has, such as 30 February, would never come.
Result<void> check_days(std::string_view text, const Fields& fields) {
  if (!fields.has_days || fields.has_weekdays || fields.last_day) return {};
  for (unsigned month = 1; month <= 12; ++month) {
    if (!fields.months[month]) continue;
    for (unsigned day = 1; day <= kLongestMonths[month]; ++day) {
      if (fields.days[day]) return {};
    }
  }
  return wrong(kDay, text, "no allowed month has such a day");
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (const auto part : split(text, ' ')) {
    if (!part.empty()) words.push_back(part);
  }
  return words;
}

}  // namespace

Result<Fields> parse_fields(std::string_view expression) {
  const auto nickname =
      std::ranges::find(kNicknames, expression, &std::pair<std::string_view, std::string_view>::first);
  auto words = words_of(nickname == kNicknames.end() ? expression : nickname->second);
  if (words.size() == 5) words.insert(words.begin(), "0");
  if (words.size() != 6) {
    return fail(ErrorName::kBadRequest,
                fmt::format("cron: '{}' has {} fields instead of 5, or 6 with seconds", expression, words.size()));
  }
  Fields fields;
  BUSFLOW_CHECK(parse_list(kSecond, words[0], fields.seconds));
  BUSFLOW_CHECK(parse_list(kMinute, words[1], fields.minutes));
  BUSFLOW_CHECK(parse_list(kHour, words[2], fields.hours));
  fields.has_hours = !fields.hours.all();
  BUSFLOW_CHECK(parse_days(words[3], fields));
  BUSFLOW_CHECK(parse_list(kMonth, words[4], fields.months));
  BUSFLOW_CHECK(parse_weekdays(words[5], fields));
  BUSFLOW_CHECK(check_days(words[3], fields));
  return fields;
}

}  // namespace busflow::cron
