#include "known_keys.hpp"

#include <algorithm>
#include <span>

#include <fmt/format.h>

namespace busflow::swarm {
namespace {

using Keys = std::span<const std::string_view>;

// The Compose file format 3 as `docker stack deploy` reads it (docker/cli, cli/compose/schema and cli/compose/types).
constexpr std::string_view kTop[] = {"version", "services", "networks", "volumes", "secrets", "configs"};
constexpr std::string_view kService[] = {
    "image",    "command", "entrypoint",        "environment", "user",      "working_dir", "read_only",   "cap_add",
    "cap_drop", "volumes", "networks",          "ports",       "secrets",   "configs",     "healthcheck", "init",
    "deploy",   "logging", "stop_grace_period", "stop_signal", "sysctls",   "ulimits",     "hostname",    "labels",
    "env_file", "dns",     "extra_hosts",       "tty",         "stdin_open"};
constexpr std::string_view kIgnored[] = {
    "build",          "cgroup_parent", "container_name", "depends_on",  "devices",      "expose",
    "external_links", "ipc",           "links",          "mac_address", "network_mode", "pid",
    "privileged",     "restart",       "security_opt",   "shm_size",    "userns_mode",  "tmpfs"};
constexpr std::string_view kDeploy[] = {"mode",      "replicas",       "labels",        "endpoint_mode",  "placement",
                                        "resources", "restart_policy", "update_config", "rollback_config"};
constexpr std::string_view kPlacement[] = {"constraints", "preferences", "max_replicas_per_node"};
constexpr std::string_view kResources[] = {"limits", "reservations"};
constexpr std::string_view kLimits[] = {"cpus", "memory", "pids"};
constexpr std::string_view kReservations[] = {"cpus", "memory", "generic_resources"};
constexpr std::string_view kRestart[] = {"condition", "delay", "max_attempts", "window"};
constexpr std::string_view kUpdate[] = {"parallelism",       "delay", "failure_action", "monitor",
                                        "max_failure_ratio", "order"};
constexpr std::string_view kHealth[] = {"test", "interval", "timeout", "retries", "start_period", "disable"};
constexpr std::string_view kLogging[] = {"driver", "options"};
constexpr std::string_view kNetwork[] = {"driver", "driver_opts", "attachable", "external",
                                         "name",   "internal",    "labels",     "ipam"};
constexpr std::string_view kVolume[] = {"driver", "driver_opts", "external", "name", "labels"};
constexpr std::string_view kFile[] = {"external", "name", "file", "labels", "template_driver"};

class Walk {
 public:
  Walk(const std::function<void(std::string_view)>& unknown, const std::function<void(std::string_view)>& ignored)
      : unknown_(unknown), ignored_(ignored) {}

  void only(const json::Value* value, const std::string& pointer, Keys keys, Keys ignored = {}) const {
    if (value == nullptr || !value->is_object()) return;
    for (const auto& entry : value->get_object()) {
      const std::string_view key = entry.key();
      const std::string at = fmt::format("{}/{}", pointer, key);
      if (std::ranges::find(ignored, key) != ignored.end())
        ignored_(at);
      else if (!key.starts_with("x-") && std::ranges::find(keys, key) == keys.end())
        unknown_(at);
    }
  }

  void service(const json::Value& service, const std::string& at) const {
    only(&service, at, kService, kIgnored);
    if (!service.is_object()) return;
    const auto& fields = service.get_object();
    only(fields.if_contains("healthcheck"), at + "/healthcheck", kHealth);
    only(fields.if_contains("logging"), at + "/logging", kLogging);
    const auto* deploy = fields.if_contains("deploy");
    only(deploy, at + "/deploy", kDeploy);
    if (deploy == nullptr || !deploy->is_object()) return;
    const auto& rules = deploy->get_object();
    only(rules.if_contains("placement"), at + "/deploy/placement", kPlacement);
    only(rules.if_contains("restart_policy"), at + "/deploy/restart_policy", kRestart);
    only(rules.if_contains("update_config"), at + "/deploy/update_config", kUpdate);
    only(rules.if_contains("rollback_config"), at + "/deploy/rollback_config", kUpdate);
    const auto* resources = rules.if_contains("resources");
    only(resources, at + "/deploy/resources", kResources);
    if (resources == nullptr || !resources->is_object()) return;
    only(resources->get_object().if_contains("limits"), at + "/deploy/resources/limits", kLimits);
    only(resources->get_object().if_contains("reservations"), at + "/deploy/resources/reservations", kReservations);
  }

 private:
  const std::function<void(std::string_view)>& unknown_;
  const std::function<void(std::string_view)>& ignored_;
};

}  // namespace

void walk_keys(const json::Object& document, const std::function<void(std::string_view pointer)>& unknown,
               const std::function<void(std::string_view pointer)>& ignored) {
  const Walk walk(unknown, ignored);
  const json::Value all = document;
  walk.only(&all, "", kTop);
  const auto each = [&](std::string_view section, const auto& visit) {
    const auto* entries = document.if_contains(section);
    if (entries == nullptr || !entries->is_object()) return;
    for (const auto& [name, value] : entries->get_object())
      visit(value, fmt::format("/{}/{}", section, std::string_view(name)));
  };
  each("services", [&](const json::Value& value, const std::string& at) { walk.service(value, at); });
  each("networks", [&](const json::Value& value, const std::string& at) { walk.only(&value, at, kNetwork); });
  each("volumes", [&](const json::Value& value, const std::string& at) { walk.only(&value, at, kVolume); });
  each("secrets", [&](const json::Value& value, const std::string& at) { walk.only(&value, at, kFile); });
  each("configs", [&](const json::Value& value, const std::string& at) { walk.only(&value, at, kFile); });
}

}  // namespace busflow::swarm
