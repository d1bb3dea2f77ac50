#pragma once

#include <vector>

#include <platform/command_line/verb.hpp>

namespace busflow::ctl {

/// show.
std::vector<command_line::Verb> audit_verbs();

}  // namespace busflow::ctl
