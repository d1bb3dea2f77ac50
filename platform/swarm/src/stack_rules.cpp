#include <platform/swarm/stack_rules.hpp>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "known_keys.hpp"
#include "service_view.hpp"

namespace busflow::swarm {
namespace {

constexpr std::array kTable = {
    RuleInfo{"unknown-key", "Every key is one of the stack file format.",
             "Correct its spelling; own notes begin with x-."},
    RuleInfo{"ignored-key", "No key that Swarm leaves out of account is written.",
             "Remove it: what it asks for does not happen in a Swarm."},
    RuleInfo{"pinned-image", "Every image has a version tag or a digest.",
             "Name the version, such as redis:7.2.4; never latest."},
    RuleInfo{"memory-limit", "Every service has a memory limit.",
             "Set deploy.resources.limits.memory to what 'busflowctl stack profile' measured."},
    RuleInfo{"cpu-reservation", "Every service reserves a share of a CPU.",
             "Set deploy.resources.reservations.cpus to what 'busflowctl stack profile' measured."},
    RuleInfo{
        "profile", "Beside its resources, every service that stays says what it was seen to take under load.",
        "Run 'busflowctl stack profile' and write its line as x-profile of the service, or 'unmeasured: ' and why."},
    RuleInfo{"health-check", "Every service that stays has a health check.",
             "Set healthcheck.test; without one, a task that only starts counts as working."},
    RuleInfo{"restart-policy", "Every service says when its tasks are started again.",
             "Set deploy.restart_policy.condition."},
    RuleInfo{"update-policy", "Every service that stays goes back by itself when an update fails.",
             "Set deploy.update_config with failure_action: rollback (pause where two versions share data)."},
    RuleInfo{"monitor", "An update is watched for as long as the health check needs to fail.",
             "Set deploy.update_config.monitor to at least start_period + retries x (interval + timeout)."},
    RuleInfo{"secret-in-environment", "No secret stands in an environment.",
             "Make it a secret of the Swarm and pass its file: NAME_FILE=/run/secrets/name."},
    RuleInfo{"privileges", "No service has more than its work needs of the host.",
             "Drop all capabilities and add single ones; mount no system folder."},
    RuleInfo{"engine-socket", "Only docker/socket-proxy has the engine's socket: read-only, it still takes commands.",
             "Ask the engine through socket-proxy, as traefik does."},
    RuleInfo{"routing-mesh",
             "Nothing goes through virtual addresses: they drop connections that are idle for 15 minutes.",
             "Set deploy.endpoint_mode: dnsrr, and mode: host for published ports."},
    RuleInfo{"stop-grace-period", "Every service says how long it may take to stop.", "Set stop_grace_period."},
    RuleInfo{"log-limit", "Logs cannot fill a disk.", "Set logging.options with max-size and max-file."},
    RuleInfo{"network-mtu", "Overlay networks leave room for their own headers in a private network of 1450 bytes.",
             "Set driver_opts: {com.docker.network.driver.mtu: \"1400\"}."},
};

/// "peak 9.9 MB, …", as 'stack profile' writes it, or "unmeasured: …".
bool is_profile(std::string_view text) {
  constexpr std::string_view kMeasured = "peak ";
  constexpr std::string_view kUnmeasured = "unmeasured: ";
  if (text.starts_with(kUnmeasured)) return text.size() > kUnmeasured.size();
  const auto size = text.starts_with(kMeasured) ? text.substr(kMeasured.size()) : std::string_view();
  const auto unit = size.find_first_not_of("0123456789.");
  return unit != 0 && unit != std::string_view::npos && size[unit] == ' ';
}

const RuleInfo& rule(std::string_view id) {
  return *std::ranges::find_if(kTable, [id](const RuleInfo& info) { return info.id == id; });
}

class Checker {
 public:
  explicit Checker(const StackFile& stack) : stack_(stack) {}

  std::vector<Finding> run() {
    walk_keys(
        stack_.document,
        [this](std::string_view at) { add("unknown-key", at, fmt::format("'{}' is no key of stack files", at)); },
        [this](std::string_view at) { add("ignored-key", at, fmt::format("'{}' does nothing in a Swarm", at)); });
    for (const auto& [name, value] : stack_.services()) {
      if (value.is_object())
        check(ServiceView(std::string(name), value.get_object()));
      else
        add("unknown-key", fmt::format("/services/{}", std::string_view(name)), "a service must be a map");
    }
    check_networks();
    std::ranges::sort(findings_, [](const Finding& a, const Finding& b) {
      return std::tie(a.place.file, a.place.line, a.what) < std::tie(b.place.file, b.place.line, b.what);
    });
    return std::move(findings_);
  }

 private:
  void add(std::string_view id, std::string_view pointer, std::string what) {
    findings_.push_back({.rule = &rule(id), .place = stack_.place(pointer), .what = std::move(what)});
  }

  void check(const ServiceView& service) {
    check_image(service);
    check_resources(service);
    check_life(service);
    check_health(service);
    check_environment(service);
    check_privileges(service);
    check_ports(service);
  }

  void check_image(const ServiceView& service) {
    const std::string image = service.text("image");
    if (image.find("@sha256:") != std::string::npos) return;
    const auto tag = image.substr(std::min(image.size(), image.rfind('/') == std::string::npos ? 0 : image.rfind('/')));
    const auto colon = tag.rfind(':');
    const std::string version = colon == std::string::npos ? "" : tag.substr(colon + 1);
    if (version.empty() || version == "latest")
      add("pinned-image", service.at("image"), fmt::format("{}: the image '{}' has no version", service.name(), image));
  }

  void check_resources(const ServiceView& service) {
    if (!parse_compose_size(service.text("deploy/resources/limits/memory")))
      add("memory-limit", service.at("deploy/resources"), fmt::format("{} has no memory limit", service.name()));
    if (service.text("deploy/resources/reservations/cpus").empty())
      add("cpu-reservation", service.at("deploy/resources"), fmt::format("{} reserves no CPU", service.name()));
    if (!service.is_job() && !is_profile(service.text("x-profile")))
      add("profile", service.at("deploy/resources"),
          fmt::format("{}: nothing says where its resources come from", service.name()));
  }

  void check_life(const ServiceView& service) {
    if (service.text("deploy/restart_policy/condition").empty())
      add("restart-policy", service.at("deploy"), fmt::format("{} has no restart policy", service.name()));
    if (service.text("stop_grace_period").empty())
      add("stop-grace-period", service.at(""), fmt::format("{} has no stop_grace_period", service.name()));
    if (service.text("logging/options/max-size").empty() || service.text("logging/options/max-file").empty())
      add("log-limit", service.at("logging"), fmt::format("{} may write logs without end", service.name()));
    const std::string action = service.text("deploy/update_config/failure_action");
    if (!service.is_job() && action != "rollback" && action != "pause")
      add("update-policy", service.at("deploy/update_config"),
          fmt::format("{} does not go back when an update fails", service.name()));
  }

  void check_health(const ServiceView& service) {
    if (service.is_job()) return;
    const auto* test = service.find("healthcheck/test");
    const bool is_off = service.text("healthcheck/disable") == "true" ||
                        (test != nullptr && json::serialize(*test).starts_with("[\"NONE\""));
    if (test == nullptr || is_off) {
      add("health-check", service.at("healthcheck"), fmt::format("{} has no health check", service.name()));
      return;
    }
    const auto time = [&](std::string_view path, std::chrono::milliseconds otherwise) {
      return parse_compose_duration(service.text(path)).value_or(otherwise);
    };
    using std::chrono::seconds;
    const std::string retries = service.text("healthcheck/retries");
    const auto needed = time("healthcheck/start_period", seconds(0)) +
                        (retries.empty() ? 3 : std::atoi(retries.c_str())) *
                            (time("healthcheck/interval", seconds(30)) + time("healthcheck/timeout", seconds(30)));
    const auto watched = time("deploy/update_config/monitor", seconds(5));
    if (watched < needed)
      add("monitor", service.at("deploy/update_config/monitor"),
          fmt::format("{} is watched for {} s after an update; its health check needs {} s to fail", service.name(),
                      watched.count() / 1000, needed.count() / 1000));
  }

  void check_environment(const ServiceView& service) {
    for (const auto& [name, value] : service.environment()) {
      if (holds_secret(name, value))
        add("secret-in-environment", service.at("environment/" + name),
            fmt::format("{}: {} holds a secret that everybody reads who may inspect the service", service.name(),
                        name));
    }
  }

  void check_privileges(const ServiceView& service) {
    for (const auto& capability : service.list("cap_add")) {
      if (is_dangerous_capability(capability))
        add("privileges", service.at("cap_add"),
            fmt::format("{} may do nearly all with {}", service.name(), capability));
    }
    if (service.list("cap_drop") != std::vector<std::string>{"ALL"})
      add("privileges", service.at("cap_drop"),
          fmt::format("{} keeps capabilities it was not given: cap_drop: [ALL] is missing", service.name()));
    if (service.text("privileged") == "true")
      add("privileges", service.at("privileged"), fmt::format("{} asks for all privileges", service.name()));
    for (const auto& mount : service.mounts()) {
      if (is_dangerous_mount(mount))
        add("privileges", service.at("volumes"),
            fmt::format("{} may change {} of the host", service.name(), mount.source));
      if (is_engine_socket(mount) && !service.text("image").contains("/socket-proxy:"))
        add("engine-socket", service.at("volumes"), fmt::format("{} may command the engine", service.name()));
    }
  }

  void check_ports(const ServiceView& service) {
    if (service.text("deploy/endpoint_mode") != "dnsrr")
      add("routing-mesh", service.at("deploy"), fmt::format("{} has a virtual address", service.name()));
    if (service.publishes_through_mesh())
      add("routing-mesh", service.at("ports"), fmt::format("{} publishes a port without mode: host", service.name()));
  }

  void check_networks() {
    const auto* networks = stack_.document.if_contains("networks");
    if (networks == nullptr || !networks->is_object()) return;
    for (const auto& [name, value] : networks->get_object()) {
      const ServiceView network(std::string(name), value.is_object() ? value.get_object() : kEmpty);
      const std::string mtu = network.text("driver_opts/com.docker.network.driver.mtu");
      if (network.text("external") != "true" && (mtu.empty() || std::atoi(mtu.c_str()) > 1400))
        add("network-mtu", fmt::format("/networks/{}", std::string_view(name)),
            fmt::format("the network {} has packets of up to {} bytes", std::string_view(name),
                        mtu.empty() ? "1500" : mtu));
    }
  }

  inline static const json::Object kEmpty;

  const StackFile& stack_;
  std::vector<Finding> findings_;
};

}  // namespace

std::span<const RuleInfo> rule_table() { return kTable; }

std::vector<Finding> check_stack(const StackFile& stack) { return Checker(stack).run(); }

}  // namespace busflow::swarm
