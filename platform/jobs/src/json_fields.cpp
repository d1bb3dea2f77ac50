#include "json_fields.hpp"

#include <cmath>

namespace busflow::jobs {

std::optional<std::int64_t> integer(const json::Object& object, std::string_view name) {
  constexpr double kLimit = 9.0e15;  // Beyond it a double no longer counts in ones.
  const auto* value = object.if_contains(name);
  if (value == nullptr) return std::nullopt;
  if (const auto* number = value->if_int64()) return *number;
  const auto* number = value->if_double();
  if (number == nullptr || !(std::abs(*number) < kLimit)) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

}  // namespace busflow::jobs
