#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <platform/command_line/invocation.hpp>
#include <platform/command_line/plan.hpp>
#include <platform/swarm/engine.hpp>
#include <platform/swarm/resolution.hpp>
#include <platform/swarm/rollout.hpp>
#include <platform/swarm/stack_file.hpp>
#include <platform/swarm/swarm_lock.hpp>

/// What the verbs of the stack share.
namespace busflow::ctl {

inline constexpr command_line::OptionInfo kHostOption{
    .name = "host",
    .value_name = "URL",
    .help = "the Docker engine of a manager, such as ssh://root@manager-1 (default: DOCKER_HOST, or this machine)"};
inline constexpr command_line::OptionInfo kStackOption{
    .name = "stack", .value_name = "NAME", .default_value = "busflow", .help = "name of the stack"};
inline constexpr command_line::OptionInfo kFilesOption{.name = "files",
                                                       .value_name = "FILE,…",
                                                       .default_value = "docker-compose.production.yml",
                                                       .help = "the stack's files; what a later one says holds"};
inline constexpr command_line::OptionInfo kDeadlineOption{
    .name = "deadline",
    .kind = command_line::OptionKind::kDuration,
    .value_name = "TIME",
    .default_value = "10m",
    .help = "longest wait until every service is as it should be"};

/// Exit codes of the verbs that change a stack, beside those that every verb has.
inline constexpr int kFindings = 20;
inline constexpr int kMigrationFailed = 21;
inline constexpr int kRolledBack = 22;
inline constexpr int kRolloutFailed = 23;
inline constexpr int kCanaryAborted = 24;
std::span<const command_line::ExitCode> stack_exit_codes();

swarm::Engine engine_of(const command_line::Invocation& call);

/// The environment's variables, but for those that are given here, such as STACK_NAME.
using StackVariables = std::map<std::string, std::string, std::less<>>;
swarm::Variables stack_variables(StackVariables given);

/// STACK_VERSION of the environment; empty when it is not set.
std::string asked_version();

/// The stack `name` as --files say, with these variables.
Result<swarm::StackFile> stack_of(const command_line::Invocation& call, const std::string& name,
                                  StackVariables given = {});

/// Prints what the rules find and sets it as the result; whether there is nothing.
bool report_findings(command_line::Invocation& call, const swarm::StackFile& stack);

/// Waits for these services of the stack (none: all) with progress, then prints why a service failed. 0, kRolledBack or
/// kRolloutFailed.
Result<int> follow_rollout(command_line::Invocation& call, const swarm::Engine& engine, const std::string& stack,
                           std::vector<std::string> only);

/// Steps that end at the first which fails, or whose exit code is not 0.
class StackPlan {
 public:
  using Action = std::function<Result<int>()>;

  void add(std::string text, Action action);
  /// Prints the steps for --dry-run, or runs them.
  Result<int> run(command_line::Invocation& call);

 private:
  command_line::Plan plan_;
  int code_ = 0;
};

/// The stack's lock, for verbs that change it. References must outlive it.
class StackLock {
 public:
  StackLock(command_line::Invocation& call, const swarm::Engine& engine, std::string stack)
      : call_(call), engine_(engine), stack_(std::move(stack)) {}

  /// Steps that take it, for as many deadlines as the work between them may take, and that give it back.
  void add_take(StackPlan& plan, const std::string& reason, int deadlines);
  void add_release(StackPlan& plan);

 private:
  command_line::Invocation& call_;
  const swarm::Engine& engine_;
  std::string stack_;
  std::optional<swarm::SwarmLock> lock_;
};

/// `docker stack deploy` of the document, then waits for its services. As follow_rollout().
Result<int> tell_swarm(command_line::Invocation& call, const swarm::Engine& engine, const std::string& stack,
                       const json::Object& document, bool prune);

}  // namespace busflow::ctl
