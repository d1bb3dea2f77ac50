#pragma once

#include <string>
#include <vector>

#include <platform/application/module.hpp>

#include "event_types.hpp"

namespace busflow::api {

/// docs/reference/events.md: every declared event with its owner, its consumers and its fields.
std::string event_catalogue(const std::vector<application::Module>& modules, const EventTypes& types);

}  // namespace busflow::api
