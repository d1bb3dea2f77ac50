#pragma once

#include <string>
#include <vector>

#include <platform/swarm/engine.hpp>

namespace busflow::swarm {

/// A machine of the Swarm.
struct Node {
  std::string id;
  std::string name;
  std::string address;
  std::string tier;  ///< The label that services are placed by.
  std::string engine_version;
  bool is_manager = false;
  bool is_leader = false;
  bool is_ready = false;      ///< Its engine answers.
  bool is_reachable = false;  ///< Of a manager: it takes part in the managers' agreement.
  std::string availability;   ///< active, pause or drain.
};

/// By name.
Result<std::vector<Node>> read_nodes(const Context& context, const Engine& engine);

/// kNotFound that names those there are.
Result<Node> find_node(const std::vector<Node>& nodes, const std::string& name);

/// How many managers agree with each other, and what they can bear.
struct Quorum {
  std::size_t managers = 0;
  std::size_t reachable = 0;

  std::size_t needed() const { return managers / 2 + 1; }
  bool holds() const { return reachable >= needed(); }
  /// Managers that may fail before nothing can be changed any more.
  std::size_t spare() const { return holds() ? reachable - needed() : 0; }
};

Quorum quorum_of(const std::vector<Node>& nodes);

/// kStateConflict with the reason when the managers could no longer agree without these.
Result<void> check_without(const std::vector<Node>& nodes, const std::vector<std::string>& leaving);

/// Which managers leave for `wanted` to be left: those that do not answer first, then those of the highest names, as
/// `terraform apply` removes them; a leader that is among them comes last. kValidationFailed for a number that makes no
/// sense.
Result<std::vector<Node>> choose_leaving(const std::vector<Node>& nodes, std::size_t wanted);

}  // namespace busflow::swarm
