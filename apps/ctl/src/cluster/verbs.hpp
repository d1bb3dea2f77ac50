#pragma once

#include <vector>

#include <platform/command_line/verb.hpp>

namespace busflow::ctl {

/// status, label, drain, activate, promote, demote, shrink, recover.
std::vector<command_line::Verb> cluster_verbs();

}  // namespace busflow::ctl
