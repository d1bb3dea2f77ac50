#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <platform/json/json.hpp>

namespace busflow::swarm {

/// Calls `unknown(pointer)` for each key of a stack that the format has none of, and `ignored(pointer)` for those that
/// it has and Swarm leaves out of account.
void walk_keys(const json::Object& document, const std::function<void(std::string_view pointer)>& unknown,
               const std::function<void(std::string_view pointer)>& ignored);

}  // namespace busflow::swarm
