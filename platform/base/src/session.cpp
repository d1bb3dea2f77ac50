#include <platform/base/session.hpp>

#include <platform/base/text.hpp>

namespace busflow {

std::optional<std::string_view> Session::variable(std::string_view name) const {
  const auto found = variables_.find(lower_case(name));
  if (found == variables_.end()) return std::nullopt;
  return found->second;
}

}  // namespace busflow
