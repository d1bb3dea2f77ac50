#include <fmt/format.h>

#include <platform/command_line/duration.hpp>
#include <platform/swarm/garbage.hpp>

#include "common.hpp"
#include "verbs.hpp"

namespace busflow::ctl {
namespace {

using command_line::Invocation;

constexpr command_line::OptionInfo kOptions[] = {kHostOption,
                                                 {.name = "older-than",
                                                  .kind = command_line::OptionKind::kDuration,
                                                  .value_name = "TIME",
                                                  .default_value = "168h",
                                                  .help = "what is younger stays"},
                                                 {.name = "versions",
                                                  .kind = command_line::OptionKind::kInteger,
                                                  .value_name = "N",
                                                  .default_value = "3",
                                                  .help = "of each image so many of the newest stay"}};
constexpr command_line::Example kExamples[] = {
    {"busflowctl stack prune --dry-run", "what would go, on this node"},
    {"busflowctl stack prune", "as docker/prune/busflow-prune.timer does every week"}};

Result<int> run(Invocation& call) {
  const auto engine = engine_of(call);
  const swarm::GarbageOptions options{.older_than = call.duration("older-than"),
                                      .versions = static_cast<std::size_t>(call.integer("versions"))};
  BUSFLOW_TRY(const auto garbage, swarm::find_garbage(call.context(), engine, options));
  std::vector<std::vector<std::string>> rows;
  json::Array list;
  std::uint64_t bytes = 0;
  for (const auto& one : garbage) {
    bool is_gone = call.dry_run();
    if (!is_gone) {
      call.console().progress(fmt::format("{} {}", one.kind, one.name));
      BUSFLOW_TRY(is_gone, swarm::remove_garbage(call.context(), engine, one));
    }
    if (is_gone) bytes += one.bytes;
    rows.push_back({one.kind, one.name, one.bytes == 0 ? "" : command_line::show_bytes(one.bytes),
                    is_gone ? "" : "in use: stays"});
    list.push_back(json::Object{
        {"kind", one.kind}, {"name", one.name}, {"bytes", one.bytes}, {"removed", is_gone && !call.dry_run()}});
  }
  if (!call.dry_run()) {
    const auto hours = std::chrono::duration_cast<std::chrono::hours>(options.older_than).count();
    BUSFLOW_CHECK(
        engine.run(call.context(), {"builder", "prune", "--force", "--filter", fmt::format("until={}h", hours)}));
  }
  if (!rows.empty()) call.console().table({"KIND", "NAME", "SIZE", ""}, rows);
  call.console().say(fmt::format("{} things{}; {} at most", rows.size(), call.dry_run() ? " would go" : "",
                                 command_line::show_bytes(bytes)));
  call.console().result({{"garbage", std::move(list)}, {"bytes", bytes}});
  return 0;
}

}  // namespace

command_line::Verb stack_prune_verb() {
  static const command_line::VerbInfo info{
      .noun = "stack",
      .verb = "prune",
      .summary = "free a node's disk of what nothing needs",
      .description =
          "Removes containers that ended, images that no container, service or kept deployment names, the build cache, "
          "and, on a manager, old versions "
          "of secrets and configs. What carries the label busflow.keep stays, and so do volumes.",
      .arguments = {},
      .options = kOptions,
      .examples = kExamples,
      .exit_codes = {},
      .changes = true};
  return {&info, run};
}

}  // namespace busflow::ctl
