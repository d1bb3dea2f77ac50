#include <iostream>
#include <iterator>

#include <fmt/format.h>

#include <platform/swarm/generated_secrets.hpp>
#include <platform/swarm/secrets.hpp>

#include "common.hpp"
#include "verbs.hpp"

namespace busflow::ctl {
namespace {

using command_line::Invocation;
using swarm::text_at;

constexpr command_line::ArgumentInfo kArguments[] = {
    {.name = "ACTION", .help = "what to do", .required = true, .choices = "list|make|sync|rotate"},
    {.name = "NAME", .help = "for rotate: the secret, as the stack's file names it"}};
constexpr command_line::OptionInfo kOptions[] = {kFilesOption,
                                                 kStackOption,
                                                 kHostOption,
                                                 kDeadlineOption,
                                                 {.name = "replace-certificates",
                                                  .kind = command_line::OptionKind::kFlag,
                                                  .help = "for make: new certificates also where there are some"}};
constexpr command_line::Example kExamples[] = {
    {"busflowctl stack secrets make", "passwords, keys and internal certificates of a new stack"},
    {"sops --decrypt secrets.yaml | busflowctl stack secrets sync",
     "all secrets at once: a YAML or JSON map of names to values"},
    {"openssl rand -hex 32 | busflowctl stack secrets rotate redis_password", "one secret"},
    {"busflowctl stack secrets list", "names, versions and who has them; never values"}};

std::string standard_input() { return {std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()}; }

/// Gives services the present versions of their secrets: one update per service, so that the secrets of one task always
/// belong together.
class Secrets {
 public:
  explicit Secrets(Invocation& call) : call_(call), engine_(engine_of(call)), stack_(call.text("stack")) {}

  Result<int> list() {
    BUSFLOW_TRY(const auto versions, swarm::list_secrets(call_.context(), engine_, stack_));
    BUSFLOW_TRY(const auto services, engine_.services(call_.context(), stack_));
    std::map<std::string, std::vector<std::string>> users;
    for (const auto& service : services) {
      for (const auto& held : secrets_of(service))
        users[text_at(held, "SecretName")].push_back(swarm::short_name(service, stack_));
    }
    const auto present = swarm::present_versions(versions);
    std::vector<std::vector<std::string>> rows;
    json::Array list;
    for (const auto& version : versions) {
      const bool is_present = present.at(version.name).id == version.id;
      rows.push_back({version.name, version.full_name, version.created.substr(0, 19), is_present ? "present" : "old",
                      fmt::format("{}", fmt::join(users[version.full_name], " "))});
      list.push_back(
          json::Object{{"name", version.name},
                       {"version", version.full_name},
                       {"created", version.created},
                       {"present", is_present},
                       {"services", json::Array(users[version.full_name].begin(), users[version.full_name].end())}});
    }
    call_.console().table({"SECRET", "VERSION", "CREATED", "STATE", "SERVICES"}, rows);
    call_.console().result({{"secrets", std::move(list)}});
    return 0;
  }

  /// What the stack's files say can be made, and is not there.
  Result<int> make() {
    BUSFLOW_TRY(const auto file, stack_of(call_, stack_));
    BUSFLOW_TRY(const auto versions, swarm::list_secrets(call_.context(), engine_, stack_));
    BUSFLOW_TRY(auto made,
                swarm::generate_secrets(file, present_names(versions, file, call_.flag("replace-certificates"))));
    for (const auto& name : swarm::secrets_to_bring(file, present_names(versions, file, false)))
      call_.console().say(fmt::format("{} is not made here: bring it by 'stack secrets sync'", name));
    return put(std::move(made));
  }

  Result<int> put(std::map<std::string, std::string> values) {
    StackPlan plan;
    lock_.add_take(plan, "stack secrets", 2);
    std::string names;
    for (const auto& [name, value] : values) names += " " + name;
    plan.add(
        "make a version of each that has a new value:" + names, [this, values = std::move(values)]() -> Result<int> {
          BUSFLOW_TRY(const auto versions, swarm::list_secrets(call_.context(), engine_, stack_));
          for (const auto& [name, value] : values) {
            BUSFLOW_TRY(const bool is_new, swarm::put_secret(call_.context(), engine_, stack_, name, value, versions));
            if (is_new) changed_.push_back(name);
          }
          return 0;
        });
    plan.add("give each service its new versions in one update, and wait until all are healthy",
             [this] { return hand_out(); });
    lock_.add_release(plan);
    BUSFLOW_TRY(const int code, plan.run(call_));
    if (code != 0 || call_.dry_run()) return code;
    json::Array changed;
    for (const auto& name : changed_) changed.emplace_back(name);
    call_.console().say(
        fmt::format("{} secrets have a new version, {} services were updated", changed_.size(), updated_));
    call_.console().result({{"changed", std::move(changed)}, {"services_updated", updated_}});
    return 0;
  }

 private:
  /// The names that have a version; without those of certificates, when they shall be replaced.
  static std::set<std::string> present_names(const std::vector<swarm::SecretVersion>& versions,
                                             const swarm::StackFile& file, bool without_certificates) {
    std::set<std::string> names;
    for (const auto& version : versions) {
      if (!without_certificates || !swarm::is_certified(file, version.name)) names.insert(version.name);
    }
    return names;
  }

  static json::Array secrets_of(const json::Value& service) {
    const auto* held = swarm::value_at(service, "Spec/TaskTemplate/ContainerSpec/Secrets");
    return held != nullptr && held->is_array() ? held->get_array() : json::Array();
  }

  /// What `docker service update` is told; nothing when the service has the present versions.
  std::vector<std::string> changes_of(const json::Value& service,
                                      const std::vector<swarm::SecretVersion>& versions) const {
    const auto present = swarm::present_versions(versions);
    std::vector<std::string> arguments;
    for (const auto& held : secrets_of(service)) {
      const std::string full_name = text_at(held, "SecretName");
      const auto version = std::ranges::find(versions, full_name, &swarm::SecretVersion::full_name);
      if (version == versions.end()) continue;
      const auto& newest = present.at(version->name);
      if (newest.full_name == full_name) continue;
      arguments.insert(arguments.end(),
                       {"--secret-rm", full_name, "--secret-add",
                        fmt::format("source={},target={}", newest.full_name, text_at(held, "File/Name"))});
    }
    return arguments;
  }

  /// First to what the rest stands on: a service that comes up with a new password needs a server that knows it.
  Result<int> hand_out() {
    BUSFLOW_TRY(const auto versions, swarm::list_secrets(call_.context(), engine_, stack_));
    BUSFLOW_TRY(const auto services, engine_.services(call_.context(), stack_));
    BUSFLOW_TRY(const int code, hand_out_to(true, services, versions));
    if (code != 0) return code;
    return hand_out_to(false, services, versions);
  }

  Result<int> hand_out_to(bool foundation, const json::Array& services,
                          const std::vector<swarm::SecretVersion>& versions) {
    std::vector<std::string> names;
    for (const auto& service : services) {
      const auto changes = changes_of(service, versions);
      // A job that has run keeps what it ran with: it would only run again. The next deployment gives it the new ones.
      if (changes.empty() || swarm::is_job(service)) continue;
      if ((text_at(service, "Spec/Labels/busflow.phase") == "foundation") != foundation) continue;
      const std::string full_name = text_at(service, "Spec/Name");
      std::vector<std::string> arguments{"service", "update", "--detach", "--quiet"};
      arguments.insert(arguments.end(), changes.begin(), changes.end());
      arguments.push_back(full_name);
      BUSFLOW_CHECK(engine_.run(call_.context(), arguments));
      names.push_back(swarm::short_name(service, stack_));
      ++updated_;
    }
    return names.empty() ? Result<int>(0) : follow_rollout(call_, engine_, stack_, names);
  }

  Invocation& call_;
  swarm::Engine engine_;
  std::string stack_;
  StackLock lock_{call_, engine_, stack_};
  std::vector<std::string> changed_;
  int updated_ = 0;
};

Result<std::map<std::string, std::string>> read_values(Invocation& call) {
  BUSFLOW_TRY(auto document, swarm::parse_values("standard input", standard_input()));
  if (document.empty()) return fail(ErrorName::kValidationFailed, "standard input names no secret");
  call.console().note(fmt::format("{} secrets on standard input", document.size()));
  return document;
}

Result<int> run(Invocation& call) {
  Secrets secrets(call);
  const auto& action = call.argument("ACTION");
  const auto& name = call.argument("NAME");
  if (action == "list") return secrets.list();
  if (action == "make") return secrets.make();
  if (action == "sync") {
    BUSFLOW_TRY(auto values, read_values(call));
    return secrets.put(std::move(values));
  }
  if (name.empty()) return fail(ErrorName::kBadRequest, "rotate needs the secret's NAME");
  std::string value = standard_input();
  if (value.ends_with('\n')) value.pop_back();  // That a shell's echo adds.
  return secrets.put({{name, std::move(value)}});
}

}  // namespace

command_line::Verb stack_secrets_verb() {
  static const command_line::VerbInfo info{
      .noun = "stack",
      .verb = "secrets",
      .summary = "list, make, bring in or rotate the stack's secrets",
      .description =
          "make invents what nobody needs to think of (x-make in the stack's files) and is not there yet: passwords, "
          "keys, certificates of servers that only the stack speaks to. Values that you bring are read from standard "
          "input only. A Swarm's secret never changes, so that each value becomes a "
          "version of its own, named by a hash; the "
          "newest one is the present one. Every service whose secrets changed gets all of them in one update, so that "
          "no task has an old and a new one "
          "that belong together. Old versions stay until 'stack prune'.",
      .arguments = kArguments,
      .options = kOptions,
      .examples = kExamples,
      .exit_codes = stack_exit_codes(),
      .changes = true};
  return {&info, run};
}

}  // namespace busflow::ctl
