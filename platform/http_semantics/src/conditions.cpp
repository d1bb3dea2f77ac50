#include <platform/http_semantics/conditions.hpp>

#include <chrono>

#include <platform/http_semantics/date.hpp>

namespace busflow::http_semantics {
namespace {

/// Whether the list names the tag. A strong comparison refuses weak tags (RFC 9110, section 8.8.3.2).
bool names(std::string_view list, std::string_view tag, bool is_strong) {
  while (!list.empty()) {
    while (list.starts_with(' ') || list.starts_with(',') || list.starts_with('\t')) list.remove_prefix(1);
    if (list.starts_with('*')) return true;
    const bool is_weak = list.starts_with("W/");
    if (is_weak) list.remove_prefix(2);
    const auto end = list.starts_with('"') ? list.find('"', 1) : std::string_view::npos;
    if (end == std::string_view::npos) return false;
    if (list.substr(0, end + 1) == tag && !(is_weak && is_strong)) return true;
    list.remove_prefix(end + 1);
  }
  return false;
}

}  // namespace

Verdict evaluate(const Conditions& conditions, std::string_view entity_tag, WallTime modified) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(modified);
  if (conditions.if_match) {
    if (!names(*conditions.if_match, entity_tag, true)) return Verdict::kPreconditionFailed;
  } else if (conditions.if_unmodified_since) {
    const auto since = parse_date(*conditions.if_unmodified_since);
    if (since && seconds > *since) return Verdict::kPreconditionFailed;
  }
  if (conditions.if_none_match) {
    return names(*conditions.if_none_match, entity_tag, false) ? Verdict::kNotModified : Verdict::kProceed;
  }
  if (conditions.if_modified_since) {
    const auto since = parse_date(*conditions.if_modified_since);
    if (since && seconds <= *since) return Verdict::kNotModified;
  }
  return Verdict::kProceed;
}

}  // namespace busflow::http_semantics
