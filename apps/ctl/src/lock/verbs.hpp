#pragma once

#include <vector>

#include <platform/command_line/verb.hpp>

namespace busflow::ctl {

/// list, break.
std::vector<command_line::Verb> lock_verbs();

}  // namespace busflow::ctl
