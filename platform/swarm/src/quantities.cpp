#include <charconv>

#include <platform/swarm/stack_file.hpp>

namespace busflow::swarm {
namespace {

/// The number at the beginning; it is taken off `text`.
std::optional<double> take_number(std::string_view& text) {
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (problem != std::errc{} || number < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

struct Unit {
  std::string_view name;
  double factor;
};

// "ms" before "m": the first that fits is taken.
constexpr Unit kTimes[] = {{"us", 0.001}, {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}};
constexpr Unit kSizes[] = {{"", 1},          {"b", 1},          {"k", 1024.0},       {"kb", 1024.0},
                           {"m", 1048576.0}, {"mb", 1048576.0}, {"g", 1073741824.0}, {"gb", 1073741824.0}};

}  // namespace

std::optional<std::chrono::milliseconds> parse_compose_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    const Unit* unit = nullptr;
    for (const auto& one : kTimes) {
      if (unit == nullptr && text.starts_with(one.name)) unit = &one;
    }
    if (unit == nullptr) return std::nullopt;
    total += *number * unit->factor;
    text.remove_prefix(unit->name.size());
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(total));
}

std::optional<std::uint64_t> parse_compose_size(std::string_view text) {
  const auto number = take_number(text);
  if (!number) return std::nullopt;
  std::string name;
  for (const char letter : text) name += static_cast<char>(letter >= 'A' && letter <= 'Z' ? letter + 32 : letter);
  for (const auto& unit : kSizes) {
    if (name == unit.name) return static_cast<std::uint64_t>(*number * unit.factor);
  }
  return std::nullopt;
}

}  // namespace busflow::swarm
