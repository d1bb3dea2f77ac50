#pragma once

#include <charconv>
#include <string_view>

#include <platform/base/clock.hpp>

/// Reading what PostgreSQL writes.
namespace busflow::files {

template <class Number>
Number number(std::string_view text) {
  Number value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// Since 1970.
inline WallTime milliseconds(std::string_view text) {
  return WallTime(std::chrono::milliseconds(number<std::int64_t>(text)));
}

}  // namespace busflow::files
