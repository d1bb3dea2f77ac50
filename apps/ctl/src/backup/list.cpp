#include <fmt/format.h>

#include <platform/backup/catalogue.hpp>
#include <platform/command_line/duration.hpp>

#include "environment.hpp"
#include "verbs.hpp"

namespace busflow::ctl {
namespace {

using command_line::Invocation;

constexpr command_line::OptionInfo kOptions[] = {kSourceOption, kIdleTimeoutOption};
constexpr command_line::Example kExamples[] = {
    {"busflowctl backup list", "what is in BUSFLOW_BACKUP_SOURCE"},
    {"busflowctl backup list --source hetzner-s3 --json", "the off-site store, for a program"},
};

std::string state_of(const backup::StoredDump& dump, const std::optional<backup::VerifiedPointer>& verified) {
  if (!dump.committed) return "not committed";
  if (verified && verified->name == dump.name) return "verified " + to_rfc3339(verified->verified);
  return "committed";
}

backup::Outcome<void> list(Invocation& call, const object_store::ObjectStore& store) {
  BUSFLOW_TRY(const auto catalogue, backup::read_catalogue(store, call.context()));
  BUSFLOW_TRY(const auto verified, backup::read_verified(store, call.context(), catalogue));
  auto& console = call.console();
  const auto now = call.context().clock.now();
  std::vector<std::vector<std::string>> rows;
  json::Array dumps;
  for (const auto& dump : catalogue.dumps) {
    const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(now - dump.time);
    rows.push_back({dump.name, dump.class_, command_line::show_bytes(dump.bytes), command_line::show_duration(age),
                    state_of(dump, verified)});
    dumps.push_back(json::Object{{"name", dump.name},
                                 {"class", dump.class_},
                                 {"time", to_rfc3339(dump.time)},
                                 {"bytes", dump.bytes},
                                 {"committed", dump.committed},
                                 {"verified", verified && verified->name == dump.name}});
  }
  if (rows.empty())
    console.say(fmt::format("{} has no dumps. Make one: busflowctl backup create", store.describe()));
  else
    console.table({"NAME", "CLASS", "SIZE", "AGE", "STATE"}, rows);
  json::Array rejected;
  for (const auto& object : catalogue.rejected) {
    console.warn(fmt::format("{}: {}", object.key, object.why.detail));
    rejected.push_back(json::Object{{"key", object.key}, {"problem", object.why.info().id}});
  }
  if (!catalogue.partial.empty())
    console.note(fmt::format("{} uploads are under way or were left by a killed run", catalogue.partial.size()));
  console.result({{"source", store.remote().name},
                  {"dumps", std::move(dumps)},
                  {"rejected", std::move(rejected)},
                  {"partial", catalogue.partial.size()}});
  return {};
}

Result<int> run(Invocation& call) {
  BUSFLOW_TRY(const auto settings, load_settings(call.settings_file()));
  BUSFLOW_TRY(const auto source, choose_source(settings, call.text("source")));
  const auto store = open_store(settings, source, call.duration("idle-timeout"));
  if (!store) return report(call, store.error());
  const auto listed = list(call, *store);
  return listed ? 0 : report(call, listed.error());
}

}  // namespace

command_line::Verb backup_list_verb() {
  static const command_line::VerbInfo info{
      .noun = "backup",
      .verb = "list",
      .summary = "list the dumps in the object store",
      .description =
          "Lists every dump with its size, age and state; objects whose name is no dump's are reported, "
          "because a dump that nobody recognizes is no backup.",
      .arguments = {},
      .options = kOptions,
      .examples = kExamples,
      .exit_codes = backup_exit_codes()};
  return {&info, run};
}

}  // namespace busflow::ctl
