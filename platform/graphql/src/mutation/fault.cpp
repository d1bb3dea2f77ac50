#include "mutation/fault.hpp"

#include <charconv>

#include <fmt/format.h>

namespace busflow::graphql::compile {
namespace {

constexpr std::string_view kMarker = "busflow refuses: ";

}  // namespace

std::string raise_fault(std::size_t number, std::string_view varying, std::string_view type) {
  return fmt::format("('{}{} ' || {})::int::text::{}", kMarker, number, varying, type);
}

std::optional<std::size_t> fault_number(std::string_view message) {
  const auto at = message.find(kMarker);
  if (at == std::string_view::npos) return std::nullopt;
  const auto digits = message.substr(at + kMarker.size());
  std::size_t number = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (problem != std::errc()) return std::nullopt;
  return number;
}

}  // namespace busflow::graphql::compile
