#include <fmt/format.h>

#include <platform/swarm/preview.hpp>

#include "deployment.hpp"
#include "verbs.hpp"

namespace busflow::ctl {
namespace {

using command_line::Invocation;

constexpr command_line::ArgumentInfo kArguments[] = {
    {.name = "ACTION", .help = "what to do", .required = true, .choices = "up|down|list|sweep"},
    {.name = "NAME", .help = "for up and down: of the preview, such as pr-12"}};
constexpr command_line::OptionInfo kOptions[] = {
    {.name = "files",
     .value_name = "FILE,…",
     .default_value = "docker-compose.production.yml,docker-compose.preview.yml",
     .help = "the stack's files; what a later one says holds"},
    {.name = "edge", .value_name = "STACK", .default_value = "busflow", .help = "the stack whose Traefik serves it"},
    {.name = "ttl",
     .kind = command_line::OptionKind::kDuration,
     .value_name = "TIME",
     .default_value = "72h",
     .help = "for up: when sweep may end it, from now"},
    kHostOption,
    kDeadlineOption};
constexpr command_line::Example kExamples[] = {
    {"STACK_VERSION=abc123 busflowctl stack preview up pr-12",
     "https://pr-12.preview.DOMAIN, with a database and demo data of its own; again for a newer version"},
    {"busflowctl stack preview list", "names, addresses, versions, and when they end"},
    {"busflowctl stack preview down pr-12", "ends it, with all its data"},
    {"busflowctl stack preview sweep", "ends those whose time is over, as preview.yml does every day"}};

/// The variables of a preview's files.
Result<StackVariables> variables_of(Invocation& call, const std::string& name) {
  const auto domain = stack_variables({})("STACK_DOMAIN");
  if (!domain || domain->empty())
    return fail(ErrorName::kInvalidSetting, "the variable STACK_DOMAIN is not set: the host name of the product");
  return StackVariables{{"STACK_DOMAIN", fmt::format("{}.preview.{}", name, *domain)},
                        {"STACK_EDGE", call.text("edge")}};
}

Result<int> up(Invocation& call, const std::string& name) {
  const std::string stack = swarm::preview_stack(name);
  BUSFLOW_TRY(const auto variables, variables_of(call, name));
  BUSFLOW_TRY(auto file, stack_of(call, stack, variables));
  const auto& host = variables.at("STACK_DOMAIN");
  BUSFLOW_TRY(const int code,
              Deployment(call, {.stack = stack,
                                .version = asked_version(),
                                .file = std::move(file),
                                .labels = {{std::string(swarm::kPreviewLabel), name},
                                           {std::string(swarm::kPreviewHostLabel), host},
                                           {std::string(swarm::kPreviewExpiresLabel),
                                            to_rfc3339(call.context().clock.now() + call.duration("ttl"))}},
                                .reason = "stack preview up",
                                .keep = false,
                                .make_secrets = true})
                  .run());
  if (code == 0 && !call.dry_run()) {
    call.console().say(fmt::format("https://{}", host));
    call.console().result({{"preview", name}, {"url", "https://" + host}});
  }
  return code;
}

Result<void> remove(Invocation& call, const std::string& name) {
  const auto engine = engine_of(call);
  call.console().progress(fmt::format("ending {} …", name));
  const auto stack = swarm::preview_stack(name);
  BUSFLOW_TRY(auto lock,
              swarm::SwarmLock::take(call.context(), engine, stack, "stack preview down", call.duration("deadline")));
  BUSFLOW_CHECK(swarm::remove_preview(call.context(), engine, name, call.duration("deadline")));
  return lock.release();
}

Result<int> list(Invocation& call) {
  BUSFLOW_TRY(const auto previews, swarm::list_previews(call.context(), engine_of(call)));
  const auto now = to_rfc3339(call.context().clock.now());
  std::vector<std::vector<std::string>> rows;
  json::Array all;
  for (const auto& one : previews) {
    rows.push_back(
        {one.name, "https://" + one.host, one.version, one.expires.substr(0, 19), one.expires < now ? "over" : ""});
    all.push_back(json::Object{{"preview", one.name},
                               {"url", "https://" + one.host},
                               {"version", one.version},
                               {"expires", one.expires},
                               {"over", one.expires < now}});
  }
  call.console().table({"PREVIEW", "ADDRESS", "VERSION", "ENDS", ""}, rows);
  call.console().result({{"previews", std::move(all)}});
  return 0;
}

/// Ends the previews of these names.
Result<int> end(Invocation& call, const std::vector<std::string>& names) {
  json::Array ended;
  for (const auto& name : names) {
    if (!call.dry_run()) BUSFLOW_CHECK(remove(call, name));
    call.console().say(fmt::format("{} {}", name, call.dry_run() ? "would end" : "is gone"));
    ended.emplace_back(name);
  }
  call.console().result({{"ended", std::move(ended)}});
  return 0;
}

Result<int> sweep(Invocation& call) {
  BUSFLOW_TRY(const auto previews, swarm::list_previews(call.context(), engine_of(call)));
  const auto now = to_rfc3339(call.context().clock.now());
  std::vector<std::string> over;
  for (const auto& one : previews) {
    if (one.expires < now) over.push_back(one.name);
  }
  if (over.empty()) call.console().say("no preview's time is over");
  return end(call, over);
}

Result<int> run(Invocation& call) {
  const auto& action = call.argument("ACTION");
  if (action == "list") return list(call);
  if (action == "sweep") return sweep(call);
  const auto& name = call.argument("NAME");
  BUSFLOW_CHECK(swarm::check_preview_name(name));
  return action == "up" ? up(call, name) : end(call, {name});
}

}  // namespace

command_line::Verb stack_preview_verb() {
  static const command_line::VerbInfo info{
      .noun = "stack",
      .verb = "preview",
      .summary = "bring up, list or end previews of a change",
      .description =
          "A preview is the whole product beside production, smaller, at NAME.preview.DOMAIN behind production's "
          "Traefik. Its database, object store, Redis, networks and secrets are its own: the secrets are made, and "
          "its operators are the demo's. Its mails stay in its mailbox. Every 'up' of the same name brings the newer "
          "version and its full time again.\n\n"
          "down ends it with all its data; volumes on other nodes go by their 'stack prune'.",
      .arguments = kArguments,
      .options = kOptions,
      .examples = kExamples,
      .exit_codes = stack_exit_codes(),
      .changes = true};
  return {&info, run};
}

}  // namespace busflow::ctl
