#include <platform/http_semantics/date.hpp>

#include <locale>
#include <sstream>

#include <date/date.h>

namespace busflow::http_semantics {
namespace {

constexpr auto kFormat = "%a, %d %b %Y %H:%M:%S GMT";

}  // namespace

std::string format_date(WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return date::format(std::locale::classic(), kFormat, date::sys_seconds(seconds.time_since_epoch()));
}

std::optional<WallTime> parse_date(std::string_view text) {
  std::istringstream in{std::string(text)};
  in.imbue(std::locale::classic());
  date::sys_seconds seconds;
  in >> date::parse(kFormat, seconds);
  if (in.fail() || in.peek() != std::istringstream::traits_type::eof()) return std::nullopt;
  return WallTime(seconds.time_since_epoch());
}

}  // namespace busflow::http_semantics
