#include <platform/graphql_webhooks/template_address.hpp>

#include <fmt/format.h>

namespace busflow::graphql_webhooks {

Result<std::string> find_variable(const Environment& environment, std::string_view name) {
  const auto variable = environment.find(name);
  if (variable == environment.end())
    return fail(ErrorName::kInvalidSetting, fmt::format("environment variable '{}' not set", name));
  return variable->second;
}

Result<std::string> expand_address(std::string_view address, const Environment& environment) {
  std::string expanded;
  for (;;) {
    const auto begin = address.find("{{");
    expanded.append(address.substr(0, begin));
    if (begin == std::string_view::npos) return expanded;
    const auto end = address.find("}}", begin);
    if (end == std::string_view::npos)
      return fail(ErrorName::kInvalidSetting, fmt::format("'{{{{' is not closed in the address '{}'", address));
    BUSFLOW_TRY(const std::string value, find_variable(environment, address.substr(begin + 2, end - begin - 2)));
    expanded.append(value);
    address.remove_prefix(end + 2);
  }
}

}  // namespace busflow::graphql_webhooks
