#include "verbs.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <platform/base/pause.hpp>
#include <platform/swarm/cluster.hpp>

#include "stack/common.hpp"

namespace busflow::ctl {
namespace {

using command_line::Invocation;
using swarm::Node;

constexpr command_line::ArgumentInfo kNode[] = {{.name = "NODE", .help = "host name or id", .required = true}};
constexpr command_line::ArgumentInfo kLabel[] = {
    {.name = "NODE", .help = "host name or id", .required = true},
    {.name = "TIER", .help = "what it is for, such as stateful, edge or observability", .required = true}};
constexpr command_line::OptionInfo kOptions[] = {kHostOption};
constexpr command_line::OptionInfo kWaitOptions[] = {kHostOption, kDeadlineOption};
constexpr command_line::OptionInfo kShrinkOptions[] = {kHostOption,
                                                       kDeadlineOption,
                                                       {.name = "to",
                                                        .kind = command_line::OptionKind::kInteger,
                                                        .value_name = "N",
                                                        .default_value = "1",
                                                        .help = "managers that are left; odd"}};
constexpr command_line::OptionInfo kRecoverOptions[] = {
    kHostOption,
    {.name = "advertise",
     .value_name = "ADDRESS",
     .help = "the survivor's private address, which the others will join at"}};

std::string quorum_text(const swarm::Quorum& quorum) {
  if (!quorum.holds())
    return fmt::format("{} of {} managers answer, {} must: nothing can be changed", quorum.reachable, quorum.managers,
                       quorum.needed());
  return fmt::format("{} of {} managers answer; {} may fail", quorum.reachable, quorum.managers, quorum.spare());
}

Result<int> status(Invocation& call) {
  BUSFLOW_TRY(const auto nodes, swarm::read_nodes(call.context(), engine_of(call)));
  std::vector<std::vector<std::string>> rows;
  json::Array list;
  for (const auto& node : nodes) {
    const std::string role = node.is_leader ? "leader" : node.is_manager ? "manager" : "worker";
    const std::string state = !node.is_ready ? "down" : node.is_manager && !node.is_reachable ? "unreachable" : "ready";
    rows.push_back({node.name, node.address, role, state, node.availability, node.tier, node.engine_version});
    list.push_back(json::Object{{"name", node.name},
                                {"address", node.address},
                                {"role", role},
                                {"state", state},
                                {"availability", node.availability},
                                {"tier", node.tier},
                                {"engine", node.engine_version}});
  }
  const auto quorum = swarm::quorum_of(nodes);
  call.console().table({"NODE", "ADDRESS", "ROLE", "STATE", "AVAILABILITY", "TIER", "ENGINE"}, rows);
  call.console().say(quorum_text(quorum));
  call.console().result({{"nodes", std::move(list)},
                         {"managers", quorum.managers},
                         {"reachable", quorum.reachable},
                         {"may_fail", quorum.spare()}});
  return 0;
}

/// `docker node update` of one node.
Result<int> update(Invocation& call, const std::vector<std::string>& changes,
                   const std::function<Result<void>(const std::vector<Node>&, const Node&)>& guard,
                   const std::function<Result<void>(const Node&)>& afterwards) {
  const auto engine = engine_of(call);
  BUSFLOW_TRY(const auto nodes, swarm::read_nodes(call.context(), engine));
  BUSFLOW_TRY(const auto node, swarm::find_node(nodes, call.argument("NODE")));
  if (guard) BUSFLOW_CHECK(guard(nodes, node));
  std::vector<std::string> arguments{"node", "update"};
  arguments.insert(arguments.end(), changes.begin(), changes.end());
  arguments.push_back(node.id);
  StackPlan plan;
  plan.add(engine.describe(arguments), [&]() -> Result<int> {
    BUSFLOW_CHECK(engine.run(call.context(), arguments));
    if (afterwards) BUSFLOW_CHECK(afterwards(node));
    return 0;
  });
  return plan.run(call);
}

Result<int> label(Invocation& call) { return update(call, {"--label-add", "tier=" + call.argument("TIER")}, {}, {}); }

Result<int> activate(Invocation& call) { return update(call, {"--availability", "active"}, {}, {}); }

/// Asks until it holds or the deadline is over, which is kDeadlineExceeded with `what`.
Result<void> wait_until(Invocation& call, const std::string& what, const std::function<Result<bool>()>& holds) {
  const auto end = call.context().clock.steady_now() + call.duration("deadline");
  for (;;) {
    const auto now = holds();
    if (now && *now) return {};
    if (call.context().clock.steady_now() >= end) return fail(ErrorName::kDeadlineExceeded, what);
    pause(call.context().cancellation, std::chrono::seconds(1));
    BUSFLOW_CHECK(call.context().check());
  }
}

Result<void> refuse_last_stateful(const std::vector<Node>& nodes, const Node& node) {
  const bool other = std::ranges::any_of(nodes, [&](const Node& one) {
    return one.id != node.id && one.tier == node.tier && one.is_ready && one.availability == "active";
  });
  if (node.tier == "stateful" && !other)
    return fail(ErrorName::kStateConflict,
                fmt::format("{} is the only node for what holds data, which would stop; see docs/operations/cluster.md",
                            node.name));
  return {};
}

Result<int> drain(Invocation& call) {
  const auto engine = engine_of(call);
  return update(call, {"--availability", "drain"}, refuse_last_stateful, [&](const Node& node) {
    return wait_until(call, fmt::format("tasks still run on {}", node.name), [&]() -> Result<bool> {
      BUSFLOW_TRY(const auto tasks, engine.lines(call.context(), {"node", "ps", "--quiet", "--no-trunc", "--filter",
                                                                  "desired-state=running", node.id}));
      if (!tasks.empty()) call.console().progress(fmt::format("{} tasks still run on {}", tasks.size(), node.name));
      return tasks.empty();
    });
  });
}

Result<int> promote(Invocation& call) { return update(call, {"--role", "manager"}, {}, {}); }

Result<int> demote(Invocation& call) {
  return update(call, {"--role", "worker"},
                [](const std::vector<Node>& nodes, const Node& node) { return swarm::check_without(nodes, {node.id}); },
                {});
}

Result<int> shrink(Invocation& call) {
  const auto engine = engine_of(call);
  BUSFLOW_TRY(const auto nodes, swarm::read_nodes(call.context(), engine));
  BUSFLOW_TRY(const auto leaving, swarm::choose_leaving(nodes, static_cast<std::size_t>(call.integer("to"))));
  std::vector<std::string> ids;
  for (const auto& node : leaving) ids.push_back(node.id);
  BUSFLOW_CHECK(swarm::check_without(nodes, ids));
  // Who is no manager any more can neither be asked nor told the rest.
  BUSFLOW_TRY(const auto asked, engine.lines(call.context(), {"info", "--format", "{{.Swarm.NodeID}}"}));
  for (const auto& node : leaving) {
    if (!asked.empty() && asked.front() == node.id)
      return fail(ErrorName::kStateConflict,
                  fmt::format("{} is itself among those that leave; ask one that stays (--host)", node.name));
  }
  StackPlan plan;
  for (const auto& node : leaving) {
    const std::vector<std::string> arguments{"node", "update", "--role", "worker", node.id};
    plan.add(fmt::format("{}   # {}; wait until the managers have let it go", engine.describe(arguments), node.name),
             [&call, &engine, node, arguments]() -> Result<int> {
               BUSFLOW_CHECK(engine.run(call.context(), arguments));
               BUSFLOW_CHECK(wait_until(call, fmt::format("{} is still a manager", node.name), [&]() -> Result<bool> {
                 BUSFLOW_TRY(const auto now, swarm::read_nodes(call.context(), engine));
                 BUSFLOW_TRY(const auto one, swarm::find_node(now, node.id));
                 return !one.is_manager && !one.is_reachable;
               }));
               return 0;
             });
  }
  BUSFLOW_TRY(const int code, plan.run(call));
  if (code != 0 || call.dry_run()) return code;
  json::Array list;
  for (const auto& node : leaving) {
    list.emplace_back(node.name);
    call.console().say(fmt::format("next, on {0}: docker swarm leave; then here: docker node rm {0}", node.name));
  }
  call.console().say("then apply the smaller manager_count");
  call.console().result({{"demoted", std::move(list)}});
  return 0;
}

Result<int> recover(Invocation& call) {
  const auto engine = engine_of(call);
  if (call.text("advertise").empty())
    return fail(ErrorName::kBadRequest, "--advertise is missing: the survivor's private address");
  if (const auto nodes = swarm::read_nodes(call.context(), engine); nodes && swarm::quorum_of(*nodes).holds())
    return fail(ErrorName::kStateConflict,
                "the managers agree: there is nothing to recover. Forcing a new cluster would cut off those that work");
  const std::vector<std::string> arguments{"swarm", "init", "--force-new-cluster", "--advertise-addr",
                                           call.text("advertise")};
  StackPlan plan;
  plan.add(engine.describe(arguments), [&]() -> Result<int> {
    BUSFLOW_CHECK(engine.run(call.context(), arguments));
    return 0;
  });
  plan.add("forget the other managers, which are no members of the new cluster", [&]() -> Result<int> {
    BUSFLOW_TRY(const auto nodes, swarm::read_nodes(call.context(), engine));
    for (const auto& node : nodes) {
      if (node.is_manager && !node.is_leader)
        BUSFLOW_CHECK(engine.run(call.context(), {"node", "rm", "--force", node.id}));
    }
    return 0;
  });
  BUSFLOW_TRY(const int code, plan.run(call));
  if (code == 0 && !call.dry_run())
    call.console().say(
        "next, on each other former manager: docker swarm leave --force, and join as a worker with what docker swarm "
        "join-token worker prints here; then here: docker node promote ID");
  return code;
}

using command_line::Example;
using command_line::VerbInfo;

constexpr Example kStatusExamples[] = {{"busflowctl cluster status", "nodes, and how many managers may fail"}};
constexpr Example kLabelExamples[] = {{"busflowctl cluster label worker-1 stateful", "services with data run there"}};
constexpr Example kDrainExamples[] = {{"busflowctl cluster drain worker-2", "before its kernel is updated"}};
constexpr Example kActivateExamples[] = {{"busflowctl cluster activate worker-2", "afterwards"}};
constexpr Example kPromoteExamples[] = {{"busflowctl cluster promote worker-2", "one more manager"}};
constexpr Example kDemoteExamples[] = {{"busflowctl cluster demote manager-3", "one fewer"}};
constexpr Example kShrinkExamples[] = {{"busflowctl cluster shrink --to 1 --dry-run", "which managers would go"}};
constexpr Example kRecoverExamples[] = {{"busflowctl cluster recover --host ssh://root@manager-1 --advertise 10.0.1.1",
                                         "manager-1 alone is left, of three"}};

}  // namespace

std::vector<command_line::Verb> cluster_verbs() {
  static const VerbInfo kInfos[] = {
      {.noun = "cluster",
       .verb = "status",
       .summary = "show the nodes and whether the managers agree",
       .description = "",
       .arguments = {},
       .options = kOptions,
       .examples = kStatusExamples,
       .exit_codes = {}},
      {.noun = "cluster",
       .verb = "label",
       .summary = "say what a node is for",
       .description = "Sets the label 'tier', by which services are placed. Labels of a server at the provider are not "
                      "labels of its node.",
       .arguments = kLabel,
       .options = kOptions,
       .examples = kLabelExamples,
       .exit_codes = {},
       .changes = true},
      {.noun = "cluster",
       .verb = "drain",
       .summary = "move all tasks off a node, and wait",
       .description = "The only node for services with data is refused: their data does not move along.",
       .arguments = kNode,
       .options = kWaitOptions,
       .examples = kDrainExamples,
       .exit_codes = {},
       .changes = true},
      {.noun = "cluster",
       .verb = "activate",
       .summary = "let a drained node take tasks again",
       .description = "Running tasks stay where they are; the next deployment spreads them.",
       .arguments = kNode,
       .options = kOptions,
       .examples = kActivateExamples,
       .exit_codes = {},
       .changes = true},
      {.noun = "cluster",
       .verb = "promote",
       .summary = "make a worker a manager",
       .description = "Keep their number odd: an even one bears no more failures.",
       .arguments = kNode,
       .options = kOptions,
       .examples = kPromoteExamples,
       .exit_codes = {},
       .changes = true},
      {.noun = "cluster",
       .verb = "demote",
       .summary = "make a manager a worker",
       .description = "Refused when the managers that are left could not agree.",
       .arguments = kNode,
       .options = kOptions,
       .examples = kDemoteExamples,
       .exit_codes = {},
       .changes = true},
      {.noun = "cluster",
       .verb = "shrink",
       .summary = "go down to fewer managers, one after the other",
       .description = "Those that do not answer go first, then those of the highest names, as terraform removes them. "
                      "Refused when at any point most of "
                      "those that are left would not answer. Run it before applying a smaller manager_count.",
       .arguments = {},
       .options = kShrinkOptions,
       .examples = kShrinkExamples,
       .exit_codes = {},
       .changes = true},
      {.noun = "cluster",
       .verb = "recover",
       .summary = "make one surviving manager the whole management again",
       .description = "For when most managers are lost for good. Services, secrets and tasks are kept. Refused while "
                      "the managers agree.",
       .arguments = {},
       .options = kRecoverOptions,
       .examples = kRecoverExamples,
       .exit_codes = {},
       .changes = true},
  };
  const command_line::VerbFunction functions[] = {status, label, drain, activate, promote, demote, shrink, recover};
  std::vector<command_line::Verb> verbs;
  for (std::size_t index = 0; index < std::size(kInfos); ++index) verbs.push_back({&kInfos[index], functions[index]});
  return verbs;
}

}  // namespace busflow::ctl
