#include <platform/command_line/duration.hpp>

#include <array>
#include <charconv>

#include <fmt/format.h>

namespace busflow::command_line {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};

constexpr std::array kUnits = {Unit{"ms", 1}, Unit{"s", 1000}, Unit{"m", 60000}, Unit{"h", 3600000},
                               Unit{"d", 86400000}};
constexpr std::int64_t kLongest = 10'000LL * 86400000;

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(end, text.data() + text.size());
  for (const auto& [name, milliseconds] : kUnits) {
    if (problem == std::errc() && count >= 0 && unit == name && count <= kLongest / milliseconds)
      return std::chrono::milliseconds(count * milliseconds);
  }
  return fail(ErrorName::kBadRequest, fmt::format("'{}' is not a duration: write 500ms, 30s, 10m, 26h or 8d", text));
}

std::string show_duration(std::chrono::milliseconds time) {
  const auto milliseconds = time.count();
  const auto seconds = milliseconds / 1000;
  if (seconds < 10) return fmt::format("{:.1f} s", static_cast<double>(milliseconds) / 1000);
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 7200) return fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
  if (seconds < 4 * 86400) return fmt::format("{} h {:02} min", seconds / 3600, seconds / 60 % 60);
  return fmt::format("{} days", seconds / 86400);
}

std::string show_bytes(std::uint64_t bytes) {
  constexpr std::array kNames = {"kB", "MB", "GB", "TB"};
  if (bytes < 1000) return fmt::format("{} bytes", bytes);
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  for (; value >= 999.95 && unit + 1 < kNames.size(); ++unit) value /= 1000;
  return fmt::format("{:.1f} {}", value, kNames[unit]);
}

}  // namespace busflow::command_line
