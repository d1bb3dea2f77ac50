#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include <platform/process/self.hpp>
#include <platform/swarm/deployments.hpp>

#include "common.hpp"
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

/// "20260131T120000-1f0c": sorts by time.
std::string new_deployment_id(const Context& context) {
  std::string id = to_rfc3339(context.clock.now()).substr(0, 19);
  std::erase_if(id, [](char letter) { return letter == '-' || letter == ':'; });
  return id + "-" + context.request_id.substr(context.request_id.size() - 4);
}

/// One deployment, step by step.
class Deploy {
 public:
  Deploy(Invocation& call, swarm::StackFile stack)
      : call_(call),
        stack_file_(std::move(stack)),
        engine_(engine_of(call)),
        stack_(call.text("stack")),
        deployment_{.id = new_deployment_id(call.context()),
                    .version = stack_variables(call)("STACK_VERSION").value_or(""),
                    .owner = process::account_at_host(),
                    .config = {}} {}

  Result<int> run() {
    StackPlan plan;
    lock_.add_take(plan, "stack deploy", 3);
    plan.add("choose the newest version of each secret", [this] { return resolve(); });
    if (swarm::has_phase(stack_file_.document, "foundation")) {
      plan.add("deploy what the rest stands on (busflow.phase: foundation), and wait for it", [this] {
        return tell_swarm(call_, engine_, stack_, swarm::only_phase(document_, "foundation"), false);
      });
    }
    if (swarm::has_phase(stack_file_.document, "migration"))
      plan.add("migrate the database (busflow.phase: migration), and wait for it", [this] { return migrate(); });
    plan.add(
        fmt::format("{}; wait until every service is healthy",
                    engine_.describe({"stack", "deploy", "--prune", "--compose-file", call_.text("files"), stack_})),
        [this] { return tell_swarm(call_, engine_, stack_, document_, true); });
    plan.add("keep the deployment for rollbacks", [this]() -> Result<int> {
      BUSFLOW_CHECK(swarm::keep_deployment(call_.context(), engine_, stack_, deployment_, document_));
      return 0;
    });
    lock_.add_release(plan);
    BUSFLOW_TRY(const int code, plan.run(call_));
    if (code == 0 && !call_.dry_run()) {
      call_.console().say(fmt::format("deployed {} as {}", deployment_.version, deployment_.id));
      call_.console().result({{"deployment", deployment_.id}, {"version", deployment_.version}});
    }
    return code;
  }

 private:
  Result<int> resolve() {
    BUSFLOW_TRY(const auto secrets, swarm::list_secrets(call_.context(), engine_, stack_));
    const auto files = call_.text("files");
    const auto folder = std::filesystem::path(files.substr(0, files.find(','))).parent_path();
    BUSFLOW_TRY(document_, swarm::resolve(stack_file_, stack_, folder, secrets));
    swarm::label_services(document_, swarm::kDeploymentLabel, deployment_.id);
    swarm::label_services(document_, "busflow.version", deployment_.version);
    swarm::mark_phase(document_, "migration", "STACK_DEPLOYMENT", deployment_.id);
    return 0;
  }

  Result<int> migrate() {
    BUSFLOW_TRY(const int code, tell_swarm(call_, engine_, stack_, swarm::only_phase(document_, "migration"), false));
    return code == 0 ? 0 : kMigrationFailed;
  }

  Invocation& call_;
  swarm::StackFile stack_file_;
  swarm::Engine engine_;
  std::string stack_;
  swarm::Deployment deployment_;
  json::Object document_;
  StackLock lock_{call_, engine_};
};

Result<int> run(Invocation& call) {
  BUSFLOW_TRY(auto stack, stack_of(call));
  if (!report_findings(call, stack)) return kFindings;
  return Deploy(call, std::move(stack)).run();
}

/// Back to a deployment that is kept, without its migration: schemas only go forward.
class Rollback {
 public:
  explicit Rollback(Invocation& call) : call_(call), engine_(engine_of(call)), stack_(call.text("stack")) {}

  Result<int> run() {
    BUSFLOW_CHECK(choose());
    StackPlan plan;
    lock_.add_take(plan, "stack rollback", 2);
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
               return tell_swarm(call_, engine_, stack_, document, false);
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
  StackLock lock_{call_, engine_};
};

constexpr command_line::OptionInfo kRollbackOptions[] = {
    kStackOption,
    kHostOption,
    kDeadlineOption,
    {.name = "to", .value_name = "ID", .help = "a deployment that 'stack status' lists (default: the one before)"}};
constexpr command_line::Example kRollbackExamples[] = {
    {"busflowctl stack rollback --dry-run", "where it would go"},
    {"busflowctl stack rollback", "to the newest deployment that worked, other than the present one"}};

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

command_line::Verb stack_rollback_verb() {
  static const command_line::VerbInfo info{
      .noun = "stack",
      .verb = "rollback",
      .summary = "go back to a deployment that worked",
      .description =
          "The newest ten deployments are kept in the Swarm, with their configs; secrets are always the present ones. "
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
