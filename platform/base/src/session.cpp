#include <platform/base/session.hpp>

#include <algorithm>
#include <cctype>

namespace busflow {

std::optional<std::string_view> Session::variable(std::string_view name) const {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto found = variables_.find(lower);
  if (found == variables_.end()) return std::nullopt;
  return found->second;
}

}  // namespace busflow
