#include "common.hpp"

#include <iostream>

#include <fmt/format.h>

#include <platform/config/settings.hpp>
#include <platform/swarm/stack_rules.hpp>

namespace busflow::ctl {
namespace {

constexpr command_line::ExitCode kExitCodes[] = {
    {kFindings, "findings", "The stack's files break rules; nothing was changed."},
    {kMigrationFailed, "migration-failed", "The migration failed; what served before still serves."},
    {kRolledBack, "rolled-back", "A service did not become healthy and went back to what it was."},
    {kRolloutFailed, "rollout-failed", "A service did not become healthy and waits for an operator."},
    {kCanaryAborted, "canary-aborted", "The canary failed too many requests, and is gone."},
};

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  while (from <= list.size()) {
    const auto comma = std::min(list.find(',', from), list.size());
    if (comma > from) parts.push_back(list.substr(from, comma - from));
    from = comma + 1;
  }
  return parts;
}

std::string summary(const std::vector<swarm::ServiceProgress>& services) {
  using State = swarm::ServiceProgress::State;
  std::size_t done = 0;
  std::string waiting;
  for (const auto& service : services) {
    if (service.state == State::kDone)
      ++done;
    else
      waiting += fmt::format(" {} {}/{}", service.name, service.running, service.wanted);
  }
  return fmt::format("{} of {} services ready;{}", done, services.size(), waiting.empty() ? " making sure" : waiting);
}

}  // namespace

std::span<const command_line::ExitCode> stack_exit_codes() { return kExitCodes; }

swarm::Engine engine_of(const command_line::Invocation& call) { return {"docker", call.text("host")}; }

swarm::Variables stack_variables(StackVariables given) {
  return [given = std::move(given),
          environment = config::process_environment()](std::string_view name) -> std::optional<std::string> {
    if (const auto own = given.find(name); own != given.end()) return own->second;
    const auto found = environment.find(std::string(name));
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  };
}

std::string asked_version() { return stack_variables({})("STACK_VERSION").value_or(""); }

Result<swarm::StackFile> stack_of(const command_line::Invocation& call, const std::string& name, StackVariables given) {
  given["STACK_NAME"] = name;
  return swarm::read_stack(split(call.text("files")), stack_variables(std::move(given)));
}

bool report_findings(command_line::Invocation& call, const swarm::StackFile& stack) {
  const auto findings = swarm::check_stack(stack);
  json::Array list;
  for (const auto& finding : findings) {
    call.console().say(fmt::format("{}: {} [{}]\n  -> {}", finding.place.describe(), finding.what, finding.rule->id,
                                   finding.rule->hint));
    list.push_back(json::Object{{"file", finding.place.file},
                                {"line", finding.place.line},
                                {"rule", finding.rule->id},
                                {"what", finding.what},
                                {"hint", finding.rule->hint}});
  }
  call.console().result({{"services", stack.services().size()}, {"findings", std::move(list)}});
  return findings.empty();
}

Result<int> follow_rollout(command_line::Invocation& call, const swarm::Engine& engine, const std::string& stack,
                           std::vector<std::string> only) {
  const swarm::RolloutOptions options{.deadline = call.duration("deadline"), .services = std::move(only)};
  std::string told;
  BUSFLOW_TRY(const auto services,
              swarm::wait_for_rollout(call.context(), engine, stack, options, [&](const auto& all) {
                if (const auto now = summary(all); now != told) call.console().progress(told = now);
              }));
  int code = 0;
  json::Array failed;
  for (const auto& service : services) {
    if (service.state != swarm::ServiceProgress::State::kFailed) continue;
    if (!call.console().options().json)
      std::cerr << fmt::format("error: {} {}: {}\n", service.name, service.rolled_back ? "went back" : "failed",
                               service.reason);
    failed.push_back(
        json::Object{{"service", service.name}, {"rolled_back", service.rolled_back}, {"reason", service.reason}});
    code = service.rolled_back && code == 0 ? kRolledBack : kRolloutFailed;
  }
  if (code != 0) call.console().result({{"failed", std::move(failed)}});
  return code;
}

void StackPlan::add(std::string text, Action action) {
  plan_.add(std::move(text), [this, action = std::move(action)]() -> Result<void> {
    BUSFLOW_TRY(code_, action());
    // Only ends the plan: code_ is what is told.
    if (code_ != 0) return fail(ErrorName::kInternal);
    return {};
  });
}

Result<int> StackPlan::run(command_line::Invocation& call) {
  if (call.dry_run()) {
    plan_.print(call.console());
    return 0;
  }
  auto done = plan_.run(call.console());
  if (code_ != 0) return code_;
  if (!done) return std::unexpected(done.error());
  return 0;
}

void StackLock::add_take(StackPlan& plan, const std::string& reason, int deadlines) {
  plan.add(fmt::format("lock the stack '{}'", stack_), [this, reason, deadlines]() -> Result<int> {
    BUSFLOW_TRY(auto taken, swarm::SwarmLock::take(call_.context(), engine_, stack_, reason,
                                                   call_.duration("deadline") * deadlines));
    lock_.emplace(std::move(taken));
    return 0;
  });
}

void StackLock::add_release(StackPlan& plan) {
  plan.add("unlock", [this]() -> Result<int> {
    BUSFLOW_CHECK(lock_->release());
    return 0;
  });
}

Result<int> tell_swarm(command_line::Invocation& call, const swarm::Engine& engine, const std::string& stack,
                       const json::Object& document, bool prune) {
  std::vector<std::string> names;
  for (const auto& [name, service] : document.at("services").as_object()) names.emplace_back(name);
  if (names.empty()) return 0;
  std::vector<std::string> arguments{"stack",          "deploy", "--with-registry-auth", "--resolve-image", "always",
                                     "--compose-file", "-"};
  if (prune) arguments.emplace_back("--prune");
  arguments.push_back(stack);
  BUSFLOW_CHECK(engine.run(call.context(), arguments, swarm::to_compose(document)));
  return follow_rollout(call, engine, stack, std::move(names));
}

}  // namespace busflow::ctl
