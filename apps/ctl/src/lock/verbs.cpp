#include "verbs.hpp"

#include <fmt/format.h>

#include <platform/object_store/lease.hpp>

#include "backup/verbs.hpp"
#include "environment.hpp"

namespace busflow::ctl {
namespace {

using command_line::Invocation;

constexpr command_line::ArgumentInfo kName[] = {
    {.name = "NAME", .help = "of the lock, such as backup", .required = true}};
constexpr command_line::OptionInfo kOptions[] = {kSourceOption, kIdleTimeoutOption};
constexpr command_line::Example kListExamples[] = {
    {"busflowctl lock list", "who is at work, since when, and until when at most"}};
constexpr command_line::Example kBreakExamples[] = {
    {"busflowctl lock break backup", "after making sure that its owner is gone"}};

Result<int> with_store(Invocation& call,
                       const std::function<backup::Outcome<void>(const object_store::ObjectStore&)>& work) {
  BUSFLOW_TRY(const auto settings, load_settings(call.settings_file()));
  BUSFLOW_TRY(const auto source, choose_source(settings, call.text("source")));
  const auto store = open_store(settings, source, call.duration("idle-timeout"));
  if (!store) return report(call, store.error());
  const auto done = work(*store);
  return done ? 0 : report(call, done.error());
}

backup::Outcome<void> list(Invocation& call, const object_store::ObjectStore& store) {
  BUSFLOW_TRY(const auto claims, object_store::Lease::list(store, call.context()));
  const auto now = call.context().clock.now();
  std::vector<std::vector<std::string>> rows;
  json::Array locks;
  for (const auto& claim : claims) {
    const std::string name = claim.key.substr(claim.key.find('/') + 1, claim.key.rfind('/') - claim.key.find('/') - 1);
    const bool alive = object_store::Lease::is_alive(claim, now);
    rows.push_back(
        {name, claim.owner, claim.reason, to_rfc3339(claim.taken), to_rfc3339(claim.expires), alive ? "held" : "dead"});
    locks.push_back(json::Object{{"name", name},
                                 {"owner", claim.owner},
                                 {"reason", claim.reason},
                                 {"pid", claim.pid},
                                 {"taken", to_rfc3339(claim.taken)},
                                 {"expires", to_rfc3339(claim.expires)},
                                 {"held", alive}});
  }
  if (rows.empty())
    call.console().say(fmt::format("nothing is locked in {}", store.describe()));
  else
    call.console().table({"LOCK", "OWNER", "REASON", "TAKEN", "EXPIRES", "STATE"}, rows);
  call.console().result({{"locks", std::move(locks)}});
  return {};
}

Result<int> run_list(Invocation& call) {
  return with_store(call, [&](const object_store::ObjectStore& store) { return list(call, store); });
}

Result<int> run_break(Invocation& call) {
  return with_store(call, [&](const object_store::ObjectStore& store) -> backup::Outcome<void> {
    Steps steps;
    std::size_t removed = 0;
    steps.add(fmt::format("remove every claim on '{}' in {}", call.argument("NAME"), store.describe()),
              [&]() -> backup::Outcome<void> {
                BUSFLOW_TRY(removed, object_store::Lease::break_all(store, call.context(), call.argument("NAME")));
                return {};
              });
    BUSFLOW_CHECK(steps.run(call));
    if (!call.dry_run()) {
      call.console().say(fmt::format("{} claims removed", removed));
      call.console().result({{"removed", removed}});
    }
    return {};
  });
}

}  // namespace

std::vector<command_line::Verb> lock_verbs() {
  static const command_line::VerbInfo list_info{.noun = "lock",
                                                .verb = "list",
                                                .summary = "show who holds which lock",
                                                .description =
                                                    "Locks lie in the object store, so that they hold between "
                                                    "machines. Each has an owner, a reason and an expiry.",
                                                .arguments = {},
                                                .options = kOptions,
                                                .examples = kListExamples,
                                                .exit_codes = backup_exit_codes()};
  static const command_line::VerbInfo break_info{
      .noun = "lock",
      .verb = "break",
      .summary = "remove a lock whose owner is gone",
      .description =
          "A lock of a run that was killed on this machine is taken over by itself, and any lock expires. Break one "
          "only when its owner is "
          "gone and waiting is no choice: two runs at once may delete each other's work.",
      .arguments = kName,
      .options = kOptions,
      .examples = kBreakExamples,
      .exit_codes = backup_exit_codes(),
      .changes = true};
  return {{&list_info, run_list}, {&break_info, run_break}};
}

}  // namespace busflow::ctl
