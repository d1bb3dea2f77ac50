#pragma once

#include <vector>

#include <platform/command_line/verb.hpp>

namespace busflow::ctl {

/// raise, resolve.
std::vector<command_line::Verb> alert_verbs();

}  // namespace busflow::ctl
