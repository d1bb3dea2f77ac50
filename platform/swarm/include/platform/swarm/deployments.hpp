#pragma once

#include <optional>
#include <string>
#include <vector>

#include <platform/swarm/engine.hpp>

/// What was deployed and proved itself, kept in the Swarm as configs, so that any machine can go back to it: Swarm
/// itself remembers one specification per service only.
namespace busflow::swarm {

inline constexpr std::size_t kKeptDeployments = 10;
/// The label of a service that names the deployment which last changed it.
inline constexpr std::string_view kDeploymentLabel = "busflow.deployment";

struct Deployment {
  std::string id;       ///< "20260131T120000-1f0c".
  std::string version;  ///< STACK_VERSION of that time.
  std::string owner;    ///< "root@manager-1".
  std::string config;   ///< Id of the config that holds its stack.
};

/// The newest first.
Result<std::vector<Deployment>> list_deployments(const Context& context, const Engine& engine,
                                                 const std::string& stack);

/// Keeps the stack as it was told to the Swarm, and lets go of all but the newest kKeptDeployments.
Result<void> keep_deployment(const Context& context, const Engine& engine, const std::string& stack,
                             const Deployment& deployment, const json::Object& document);

/// The stack that a config keeps, as the engine shows the config.
Result<json::Object> deployment_of(const json::Value& config);

Result<json::Object> read_deployment(const Context& context, const Engine& engine, const Deployment& deployment);

/// The deployment that the stack's services were last told; empty when there are none. Jobs are not asked: a rollback
/// leaves them as they are.
std::string current_deployment(const json::Array& services);

/// The newest before `current`: where a rollback goes.
std::optional<Deployment> previous_deployment(const std::vector<Deployment>& deployments, const std::string& current);

}  // namespace busflow::swarm
