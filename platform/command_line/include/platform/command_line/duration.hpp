#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <platform/base/result.hpp>

namespace busflow::command_line {

/// "500ms", "30s", "10m", "26h", "8d". kBadRequest for anything else.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);

/// For people: "0.4 s", "12 s", "3 min 05 s", "2 h 10 min", "8 days".
std::string show_duration(std::chrono::milliseconds time);

/// For people, in powers of 1000: "0 bytes", "12.3 kB", "4.7 GB".
std::string show_bytes(std::uint64_t bytes);

}  // namespace busflow::command_line
