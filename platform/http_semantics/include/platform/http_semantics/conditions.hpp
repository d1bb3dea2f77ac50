#pragma once

#include <optional>
#include <string_view>

#include <platform/base/clock.hpp>

namespace busflow::http_semantics {

/// The conditional headers of a request, as they came; views of it.
struct Conditions {
  std::optional<std::string_view> if_match;
  std::optional<std::string_view> if_none_match;
  std::optional<std::string_view> if_modified_since;
  std::optional<std::string_view> if_unmodified_since;
};

enum class Verdict { kProceed, kNotModified, kPreconditionFailed };

/// What they make of a GET or HEAD of something with this entity tag (quotes included) and time, in the order of RFC
/// 9110, section 13.2.2. Lists, "*" and weak tags are understood; a date that is none is ignored.
Verdict evaluate(const Conditions& conditions, std::string_view entity_tag, WallTime modified);

}  // namespace busflow::http_semantics
