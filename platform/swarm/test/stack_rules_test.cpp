#include <gtest/gtest.h>

#include <platform/swarm/stack_rules.hpp>

#include <set>

#include <fmt/format.h>

namespace busflow::swarm {
namespace {

/// A service that keeps every rule.
constexpr std::string_view kGood = R"(services:
  api:
    image: busflow:1.0.0
    environment: {BUSFLOW_DATABASE_PASSWORD_FILE: /run/secrets/password, BUSFLOW_TOKEN_SECONDS: 60}
    cap_drop: [ALL]
    stop_grace_period: 30s
    x-profile: peak 30 MiB
    healthcheck: {test: [CMD, curl, "http://127.0.0.1:4000/readyz"], interval: 5s, timeout: 3s, retries: 3, start_period: 10s}
    logging: {driver: json-file, options: {max-size: 10m, max-file: "3"}}
    deploy:
      endpoint_mode: dnsrr
      restart_policy: {condition: any}
      update_config: {failure_action: rollback, monitor: 40s}
      resources: {limits: {memory: 256M}, reservations: {cpus: "0.25"}}
networks:
  web: {driver_opts: {com.docker.network.driver.mtu: "1400"}}
)";

std::string replaced(std::string_view from, std::string_view to) {
  std::string text(kGood);
  const auto at = text.find(from);
  if (at == std::string::npos) throw std::logic_error(fmt::format("'{}' is not in the good stack", from));
  return text.replace(at, from.size(), to);
}

std::vector<Finding> findings(const std::string& text) {
  const auto stack = parse_stack("stack.yml", text, [](std::string_view) { return std::nullopt; });
  if (!stack) throw std::logic_error(stack.error().detail);
  return check_stack(*stack);
}

TEST(StackRules, aGoodStackHasNoFindings) {
  for (const auto& finding : findings(std::string(kGood))) ADD_FAILURE() << finding.rule->id << ": " << finding.what;
}

struct Broken {
  std::string_view rule;
  std::string_view from;
  std::string_view to;
  int line;
};

constexpr Broken kBroken[] = {
    {"unknown-key", "    cap_drop:", "    cap_dorp: []\n    cap_drop:", 5},
    {"unknown-key", "endpoint_mode: dnsrr", "endpoint_mode: dnsrr\n      replica: 2", 12},
    {"unknown-key", "limits: {memory: 256M}", "limits: {memory: 256M, memroy: 1G}", 14},
    {"unknown-key", "networks:\n", "network: {}\nnetworks:\n", 15},
    {"ignored-key", "    cap_drop:", "    depends_on: [postgres]\n    cap_drop:", 5},
    {"ignored-key", "    cap_drop:", "    tmpfs: [/tmp]\n    cap_drop:", 5},
    {"ignored-key", "    cap_drop:", "    privileged: true\n    cap_drop:", 5},
    {"pinned-image", "busflow:1.0.0", "busflow", 3},
    {"pinned-image", "busflow:1.0.0", "busflow:latest", 3},
    {"pinned-image", "busflow:1.0.0", "localhost:5000/busflow", 3},
    {"memory-limit", "limits: {memory: 256M}", "limits: {pids: 100}", 14},
    {"memory-limit", "memory: 256M", "memory: plenty", 14},
    {"cpu-reservation", "cpus: \"0.25\"", "memory: 100M", 14},
    {"profile", "    x-profile: peak 30 MiB\n", "", 13},
    {"profile", "x-profile: peak 30 MiB", "x-profile: not measured yet", 14},
    {"profile", "x-profile: peak 30 MiB", "x-profile: peak not measured", 14},
    {"profile", "x-profile: peak 30 MiB", "x-profile: \"unmeasured: \"", 14},
    {"health-check", "healthcheck: {", "healthcheck: {disable: true, ", 8},
    {"health-check", "test: [CMD,", "test: [NONE,", 8},
    {"restart-policy", "restart_policy: {condition: any}", "restart_policy: {delay: 1s}", 10},
    {"update-policy", "failure_action: rollback", "failure_action: continue", 13},
    {"update-policy", "failure_action: rollback, ", "", 13},
    {"monitor", "monitor: 40s", "monitor: 30s", 13},
    {"monitor", ", monitor: 40s", "", 13},
    {"secret-in-environment", "BUSFLOW_DATABASE_PASSWORD_FILE: /run/secrets/password",
     "BUSFLOW_DATABASE_PASSWORD: hunter2", 4},
    {"secret-in-environment", "BUSFLOW_TOKEN_SECONDS: 60", "BUSFLOW_AUTH_DATA_KEY: hunter2", 4},
    {"secret-in-environment", "BUSFLOW_TOKEN_SECONDS: 60", "REDIS_URL: \"redis://default:hunter2@redis:6379/0\"", 4},
    {"privileges", "    cap_drop: [ALL]\n", "", 2},
    {"privileges", "cap_drop: [ALL]", "cap_drop: [ALL]\n    cap_add: [CAP_SYS_ADMIN]", 6},
    {"engine-socket",
     "    cap_drop:", "    volumes: [\"/var/run/docker.sock:/var/run/docker.sock:ro\"]\n    cap_drop:", 5},
    {"privileges", "    cap_drop:", "    volumes: [{type: bind, source: /etc, target: /etc}]\n    cap_drop:", 5},
    {"routing-mesh", "      endpoint_mode: dnsrr\n", "", 10},
    {"routing-mesh", "    cap_drop:", "    ports: [\"80:80\"]\n    cap_drop:", 5},
    {"routing-mesh", "    cap_drop:", "    ports: [{target: 80, published: 80, mode: ingress}]\n    cap_drop:", 5},
    {"stop-grace-period", "    stop_grace_period: 30s\n", "", 2},
    {"log-limit", ", max-file: \"3\"", "", 9},
    {"network-mtu", "mtu: \"1400\"", "mtu: \"1450\"", 16},
    {"network-mtu", "{driver_opts: {com.docker.network.driver.mtu: \"1400\"}}", "", 16},
};

TEST(StackRules, eachRefusesWhatBreaksIt) {
  std::set<std::string_view> tried;
  for (const auto& broken : kBroken) {
    tried.insert(broken.rule);
    const auto text = replaced(broken.from, broken.to);
    const auto found = findings(text);
    const auto one =
        std::ranges::find_if(found, [&](const Finding& finding) { return finding.rule->id == broken.rule; });
    if (one == found.end()) {
      ADD_FAILURE() << broken.rule << " lets this pass: " << broken.to;
      continue;
    }
    EXPECT_EQ(one->place.line, broken.line) << broken.rule << ": " << broken.to;
    EXPECT_EQ(one->place.file, "stack.yml");
    for (const auto& other : found) {
      if (broken.to.find("privileged") == std::string_view::npos)
        EXPECT_EQ(other.rule->id, broken.rule) << "also found by " << broken.to << ": " << other.what;
    }
  }
  for (const auto& rule : rule_table()) EXPECT_TRUE(tried.contains(rule.id)) << rule.id << " has no negative control";
}

TEST(StackRules, aJobNeedsNoHealthCheckAndNoProfile) {
  auto text = replaced("restart_policy: {condition: any}", "restart_policy: {condition: none}");
  constexpr std::string_view kProfile = "    x-profile: peak 30 MiB\n";
  text.erase(text.find(kProfile), kProfile.size());
  text.replace(text.find("    healthcheck"), text.find("    logging") - text.find("    healthcheck"), "");
  text.replace(text.find("      update_config"), text.find("      resources") - text.find("      update_config"), "");
  for (const auto& finding : findings(text)) ADD_FAILURE() << finding.rule->id << ": " << finding.what;
}

TEST(StackRules, theShippedFilesKeepThemAll) {
  const std::string folder = BUSFLOW_REPOSITORY "/docker-compose.";
  const std::vector<std::pair<std::vector<std::string>, std::size_t>> stacks = {
      {{folder + "production.yml"}, 13},
      {{folder + "production.yml", folder + "local.yml"}, 13},
      {{folder + "production.yml", folder + "automation.yml"}, 14},
      {{folder + "portainer.yml"}, 2}};
  for (const auto& [files, services] : stacks) {
    const auto stack =
        read_stack(files, [](std::string_view name) { return std::optional("of-" + std::string(name)); });
    ASSERT_TRUE(stack) << stack.error().detail;
    EXPECT_EQ(stack->services().size(), services) << files.back();
    for (const auto& finding : check_stack(*stack)) ADD_FAILURE() << finding.place.describe() << ": " << finding.what;
  }
}

TEST(StackRules, readOnlyMountsAreNoDanger) {
  const auto text = replaced(
      "    cap_drop:", "    volumes: [\"/etc/localtime:/etc/localtime:ro\", \"data:/var/lib/data\"]\n    cap_drop:");
  for (const auto& finding : findings(text)) ADD_FAILURE() << finding.rule->id << ": " << finding.what;
}

}  // namespace
}  // namespace busflow::swarm
