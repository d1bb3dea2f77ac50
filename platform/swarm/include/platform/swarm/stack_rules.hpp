#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <platform/swarm/stack_file.hpp>

namespace busflow::swarm {

/// A rule that every service of a production stack keeps.
struct RuleInfo {
  std::string_view id;    ///< kebab-case, stable.
  std::string_view text;  ///< What must hold.
  std::string_view hint;  ///< What to do where it does not.
};

std::span<const RuleInfo> rule_table();

/// Where a rule is broken.
struct Finding {
  const RuleInfo* rule;
  Place place;
  std::string what;  ///< This case: names the service.
};

/// All findings, in the order of the file. None: the stack may be deployed.
std::vector<Finding> check_stack(const StackFile& stack);

}  // namespace busflow::swarm
