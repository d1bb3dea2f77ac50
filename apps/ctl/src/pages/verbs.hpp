#pragma once

#include <vector>

#include <platform/command_line/verb.hpp>

namespace busflow::ctl {

/// completion, manual, reference: what is made from the verb table of `program`, which must outlive them.
std::vector<command_line::Verb> page_verbs(const command_line::Program& program);

}  // namespace busflow::ctl
