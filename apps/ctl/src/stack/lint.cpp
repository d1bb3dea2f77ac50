#include <fmt/format.h>

#include <platform/swarm/stack_rules.hpp>

#include "common.hpp"
#include "verbs.hpp"

namespace busflow::ctl {
namespace {

using command_line::Invocation;

constexpr command_line::OptionInfo kOptions[] = {
    kFilesOption,
    kStackOption,
    {.name = "rules", .kind = command_line::OptionKind::kFlag, .help = "list the rules instead"}};
constexpr command_line::Example kExamples[] = {{"STACK_DOMAIN=bus.example STACK_REGISTRY=registry.example "
                                                "STACK_VERSION=1 STACK_PLATFORM_VERSION=1 busflowctl stack lint",
                                                "what deploy would refuse"},
                                               {"busflowctl stack lint --rules", "what is looked at"}};

Result<int> run(Invocation& call) {
  if (call.flag("rules")) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& rule : swarm::rule_table()) rows.push_back({std::string(rule.id), std::string(rule.text)});
    call.console().table({"RULE", "WHAT MUST HOLD"}, rows);
    return 0;
  }
  BUSFLOW_TRY(const auto stack, stack_of(call, call.text("stack")));
  if (!report_findings(call, stack)) return kFindings;
  call.console().say(fmt::format("{} services keep all {} rules", stack.services().size(), swarm::rule_table().size()));
  return 0;
}

}  // namespace

command_line::Verb stack_lint_verb() {
  static const command_line::VerbInfo info{.noun = "stack",
                                           .verb = "lint",
                                           .summary = "check the stack's files against the rules of production",
                                           .description =
                                               "Reads the files as deploy does: merged, with the variables of the "
                                               "environment put in. Each finding names file, line, rule and "
                                               "what to do.",
                                           .arguments = {},
                                           .options = kOptions,
                                           .examples = kExamples,
                                           .exit_codes = stack_exit_codes()};
  return {&info, run};
}

}  // namespace busflow::ctl
