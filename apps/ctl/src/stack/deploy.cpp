#include "deployment.hpp"
#include "verbs.hpp"

namespace busflow::ctl {
namespace {

using command_line::Invocation;

constexpr command_line::OptionInfo kOptions[] = {kFilesOption, kStackOption, kHostOption, kDeadlineOption};
constexpr command_line::Example kExamples[] = {
    {"busflowctl stack deploy --dry-run", "the steps, without any of them"},
    {"STACK_VERSION=1.4.0 busflowctl stack deploy --host ssh://root@manager-1", "a new version, from a laptop"},
    {"busflowctl stack deploy --files docker-compose.production.yml,docker-compose.local.yml",
     "with what a second file changes"}};

Result<int> run(Invocation& call) {
  const auto& stack = call.text("stack");
  BUSFLOW_TRY(auto file, stack_of(call, stack));
  return Deployment(call, {.stack = stack, .version = asked_version(), .file = std::move(file)}).run();
}

}  // namespace

command_line::Verb stack_deploy_verb() {
  static const command_line::VerbInfo info{
      .noun = "stack",
      .verb = "deploy",
      .summary = "bring the stack up to its files, without losing a request",
      .description =
          "Checks the files, takes the stack's lock, and gives every service the newest version of its secrets. First "
          "comes what the rest stands on, "
          "then the migration as a job that runs once, then everything, each service by its own rules of updating.\n\n"
          "Waits until every service is healthy. When one is not, prints what its health check answered and what it "
          "last wrote; its old version "
          "serves on. A deployment that worked is kept for rollbacks.",
      .arguments = {},
      .options = kOptions,
      .examples = kExamples,
      .exit_codes = stack_exit_codes(),
      .changes = true};
  return {&info, run};
}

}  // namespace busflow::ctl
