#include <platform/swarm/cluster.hpp>

#include <algorithm>

#include <fmt/format.h>

namespace busflow::swarm {

Result<std::vector<Node>> read_nodes(const Context& context, const Engine& engine) {
  BUSFLOW_TRY(const auto found, engine.nodes(context));
  std::vector<Node> nodes;
  for (const auto& node : found) {
    const auto* leader = value_at(node, "ManagerStatus/Leader");
    nodes.push_back({.id = text_at(node, "ID"),
                     .name = text_at(node, "Description/Hostname"),
                     .address = text_at(node, "Status/Addr"),
                     .tier = text_at(node, "Spec/Labels/tier"),
                     .engine_version = text_at(node, "Description/Engine/EngineVersion"),
                     .is_manager = text_at(node, "Spec/Role") == "manager",
                     .is_leader = leader != nullptr && leader->is_bool() && leader->get_bool(),
                     .is_ready = text_at(node, "Status/State") == "ready",
                     .is_reachable = text_at(node, "ManagerStatus/Reachability") == "reachable",
                     .availability = text_at(node, "Spec/Availability")});
  }
  std::ranges::sort(nodes, {}, &Node::name);
  return nodes;
}

Result<Node> find_node(const std::vector<Node>& nodes, const std::string& name) {
  std::string names;
  for (const auto& node : nodes) {
    if (node.name == name || node.id == name) return node;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", node.name);
  }
  return fail(ErrorName::kNotFound, fmt::format("there is no node '{}'; there are {}", name, names));
}

Quorum quorum_of(const std::vector<Node>& nodes) {
  Quorum quorum;
  for (const auto& node : nodes) {
    if (!node.is_manager) continue;
    ++quorum.managers;
    if (node.is_reachable) ++quorum.reachable;
  }
  return quorum;
}

Result<void> check_without(const std::vector<Node>& nodes, const std::vector<std::string>& leaving) {
  auto now = quorum_of(nodes);
  if (!now.holds())
    return fail(ErrorName::kStateConflict,
                fmt::format("only {} of {} managers answer: they agree on nothing; see 'busflowctl cluster recover'",
                            now.reachable, now.managers));
  // One after the other: in between, too, most of those that are left must answer.
  for (const auto& id : leaving) {
    const auto node = std::ranges::find(nodes, id, &Node::id);
    if (node == nodes.end() || !node->is_manager) continue;
    --now.managers;
    if (node->is_reachable) --now.reachable;
    if (now.managers == 0) return fail(ErrorName::kStateConflict, fmt::format("{} is the last manager", node->name));
    if (!now.holds())
      return fail(ErrorName::kStateConflict, fmt::format("without {}, only {} of {} managers would answer, and {} must",
                                                         node->name, now.reachable, now.managers, now.needed()));
  }
  return {};
}

Result<std::vector<Node>> choose_leaving(const std::vector<Node>& nodes, std::size_t wanted) {
  std::vector<Node> managers;
  for (const auto& node : nodes) {
    if (node.is_manager) managers.push_back(node);
  }
  if (wanted == 0 || wanted % 2 == 0)
    return fail(ErrorName::kValidationFailed,
                fmt::format("{} managers bear no more failures than {}; choose an odd number", wanted,
                            wanted == 0 ? 1 : wanted - 1));
  if (wanted >= managers.size())
    return fail(ErrorName::kValidationFailed,
                fmt::format("there are {} managers, so {} is not fewer", managers.size(), wanted));
  std::ranges::sort(managers, [](const Node& a, const Node& b) {
    if (a.is_reachable != b.is_reachable) return !a.is_reachable;
    return a.name > b.name;
  });
  managers.resize(managers.size() - wanted);
  // A leader that leaves is replaced at once; the fewer changes meanwhile, the better.
  const auto leader = std::ranges::find_if(managers, &Node::is_leader);
  if (leader != managers.end()) std::rotate(leader, leader + 1, managers.end());
  return managers;
}

}  // namespace busflow::swarm
