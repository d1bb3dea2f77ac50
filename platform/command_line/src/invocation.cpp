#include <platform/command_line/invocation.hpp>

#include <charconv>
#include <stdexcept>

#include <fmt/format.h>

#include <platform/command_line/duration.hpp>

namespace busflow::command_line {

const std::string& Invocation::text(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) throw std::logic_error(fmt::format("the verb has no option '{}'", name));
  return found->second;
}

std::int64_t Invocation::integer(std::string_view name) const {
  const std::string& digits = text(name);
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

std::chrono::milliseconds Invocation::duration(std::string_view name) const {
  const auto parsed = parse_duration(text(name));
  if (!parsed) throw std::logic_error(parsed.error().detail);  // It was checked when it was read.
  return *parsed;
}

}  // namespace busflow::command_line
