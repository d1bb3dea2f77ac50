#pragma once

#include <map>
#include <string>
#include <string_view>

#include <platform/base/result.hpp>

namespace busflow::graphql_webhooks {

using Environment = std::map<std::string, std::string, std::less<>>;

/// kInvalidSetting names a variable that is not set.
Result<std::string> find_variable(const Environment& environment, std::string_view name);

/// Puts environment variables in the place of {{NAME}}, as addresses of webhooks in metadata have them.
/// kInvalidSetting names a variable that is not set, or a bracket that is not closed.
Result<std::string> expand_address(std::string_view address, const Environment& environment);

}  // namespace busflow::graphql_webhooks
