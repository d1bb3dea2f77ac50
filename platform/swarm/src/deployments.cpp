#include <platform/swarm/deployments.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <platform/crypto/base64.hpp>
#include <platform/swarm/rollout.hpp>

namespace busflow::swarm {

Result<std::vector<Deployment>> list_deployments(const Context& context, const Engine& engine,
                                                 const std::string& stack) {
  BUSFLOW_TRY(const auto configs, engine.labelled(context, "config", "busflow.deployment.stack=" + stack));
  std::vector<Deployment> deployments;
  for (const auto& config : configs) {
    deployments.push_back({.id = text_at(config, "Spec/Labels/busflow.deployment.id"),
                           .version = text_at(config, "Spec/Labels/busflow.deployment.version"),
                           .owner = text_at(config, "Spec/Labels/busflow.deployment.owner"),
                           .config = text_at(config, "ID")});
  }
  std::ranges::sort(deployments, std::greater<>(), &Deployment::id);  // Ids begin with their time.
  return deployments;
}

Result<void> keep_deployment(const Context& context, const Engine& engine, const std::string& stack,
                             const Deployment& deployment, const json::Object& document) {
  const auto label = [](const char* name, const std::string& value) {
    return fmt::format("busflow.deployment.{}={}", name, value);
  };
  BUSFLOW_CHECK(
      engine.run(context,
                 {"config", "create", "--label", label("stack", stack), "--label", label("id", deployment.id),
                  "--label", label("version", deployment.version), "--label", label("owner", deployment.owner),
                  fmt::format("{}_deployment_{}", stack, deployment.id), "-"},
                 json::serialize(document)));
  BUSFLOW_TRY(const auto all, list_deployments(context, engine, stack));
  for (std::size_t index = kKeptDeployments; index < all.size(); ++index)
    BUSFLOW_CHECK(engine.run(context, {"config", "rm", all[index].config}));
  return {};
}

Result<json::Object> read_deployment(const Context& context, const Engine& engine, const Deployment& deployment) {
  BUSFLOW_TRY(const auto configs, engine.inspect(context, "config", {deployment.config}));
  if (configs.empty()) return fail(ErrorName::kNotFound, fmt::format("the deployment {} is gone", deployment.id));
  return deployment_of(configs.front());
}

Result<json::Object> deployment_of(const json::Value& config) {
  const auto unreadable = [&config](const char* what) {
    return fail(ErrorName::kUpstreamInvalid, fmt::format("the config {} {}", text_at(config, "Spec/Name"), what));
  };
  const auto text = crypto::decode_base64(text_at(config, "Spec/Data"));
  if (!text) return unreadable("cannot be read");
  BUSFLOW_TRY(const auto value, json::parse(*text));
  if (!value.is_object()) return unreadable("is no stack");
  return value.get_object();
}

std::string current_deployment(const json::Array& services) {
  std::string newest;
  for (const auto& service : services) {
    if (is_job(service)) continue;
    newest = std::max(newest, text_at(service, fmt::format("Spec/Labels/{}", kDeploymentLabel)));
  }
  return newest;
}

std::optional<Deployment> previous_deployment(const std::vector<Deployment>& deployments, const std::string& current) {
  for (const auto& deployment : deployments) {
    if (current.empty() || deployment.id < current) return deployment;
  }
  return std::nullopt;
}

}  // namespace busflow::swarm
