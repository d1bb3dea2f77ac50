#include <algorithm>

#include <fmt/format.h>

#include "deployment.hpp"
#include "verbs.hpp"

namespace busflow::ctl {
namespace {

using command_line::Invocation;

/// Back to a deployment that is kept, without its migration: schemas only go forward.
class Rollback {
 public:
  explicit Rollback(Invocation& call) : call_(call), engine_(engine_of(call)), stack_(call.text("stack")) {}

  Result<int> run() {
    BUSFLOW_CHECK(choose());
    StackPlan plan;
    lock_.add_take(plan, "stack rollback", 2);
    add_end_of_canaries(plan, call_, engine_, stack_);
    plan.add(fmt::format("tell the services what deployment {} (version {}) told them, and wait until they are healthy",
                         target_.id, target_.version),
             [this]() -> Result<int> {
               BUSFLOW_TRY(auto document, swarm::read_deployment(call_.context(), engine_, target_));
               document = swarm::without_phase(document, "migration");
               BUSFLOW_TRY(const auto secrets, swarm::list_secrets(call_.context(), engine_, stack_));
               BUSFLOW_CHECK(swarm::use_present_secrets(document, secrets));
               // First what the rest stands on, as on the way there.
               BUSFLOW_TRY(const int code,
                           tell_swarm(call_, engine_, stack_, swarm::only_phase(document, "foundation"), false));
               if (code != 0) return code;
               return tell_swarm(call_, engine_, stack_, document, true);
             });
    lock_.add_release(plan);
    BUSFLOW_TRY(const int code, plan.run(call_));
    if (code == 0 && !call_.dry_run()) {
      call_.console().say(fmt::format("back at {} ({})", target_.version, target_.id));
      call_.console().result({{"deployment", target_.id}, {"version", target_.version}});
    }
    return code;
  }

 private:
  Result<void> choose() {
    BUSFLOW_TRY(const auto kept, swarm::list_deployments(call_.context(), engine_, stack_));
    const auto& wanted = call_.text("to");
    if (!wanted.empty()) {
      const auto found = std::ranges::find(kept, wanted, &swarm::Deployment::id);
      if (found == kept.end())
        return fail(ErrorName::kNotFound,
                    fmt::format("no deployment '{}' is kept; see 'busflowctl stack status'", wanted));
      target_ = *found;
      return {};
    }
    BUSFLOW_TRY(const auto services, engine_.services(call_.context(), stack_));
    const auto previous = swarm::previous_deployment(kept, swarm::current_deployment(services));
    if (!previous)
      return fail(ErrorName::kNotFound, fmt::format("the stack '{}' has no deployment to go back to", stack_));
    target_ = *previous;
    return {};
  }

  Invocation& call_;
  swarm::Engine engine_;
  std::string stack_;
  swarm::Deployment target_;
  StackLock lock_{call_, engine_, stack_};
};

constexpr command_line::OptionInfo kRollbackOptions[] = {
    kStackOption,
    kHostOption,
    kDeadlineOption,
    {.name = "to", .value_name = "ID", .help = "a deployment that 'stack status' lists (default: the one before)"}};
constexpr command_line::Example kRollbackExamples[] = {
    {"busflowctl stack rollback --dry-run", "where it would go"},
    {"busflowctl stack rollback", "to the newest deployment that worked, before the present one; again: further back"}};

}  // namespace

command_line::Verb stack_rollback_verb() {
  static const command_line::VerbInfo info{
      .noun = "stack",
      .verb = "rollback",
      .summary = "go back to a deployment that worked",
      .description =
          "The newest ten deployments are kept in the Swarm, with their configs; secrets are always the present ones. "
          "Services that were not part of it are removed; volumes stay. "
          "The database is not migrated back: a new version's "
          "schema serves the version before it as well.",
      .arguments = {},
      .options = kRollbackOptions,
      .examples = kRollbackExamples,
      .exit_codes = stack_exit_codes(),
      .changes = true};
  return {&info, [](Invocation& call) { return Rollback(call).run(); }};
}

}  // namespace busflow::ctl
