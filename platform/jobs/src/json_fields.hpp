#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <platform/json/json.hpp>

namespace busflow::jobs {

/// A number of an object that somebody else may have written; fractions are cut off. Nothing when it is missing, no
/// number or out of range.
std::optional<std::int64_t> integer(const json::Object& object, std::string_view name);

}  // namespace busflow::jobs
