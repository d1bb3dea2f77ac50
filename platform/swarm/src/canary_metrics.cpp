#include <platform/swarm/canary_metrics.hpp>

#include <fmt/format.h>

namespace busflow::swarm {
namespace {

/// What curl writes after each answer; %{...} are its variables.
constexpr std::string_view kEnd = "# answer ";

/// A network that the canary and its task are both in: the first of the canary's.
std::string network_of(const json::Value& canary) {
  const auto* networks = value_at(canary, "Spec/TaskTemplate/Networks");
  if (networks == nullptr || !networks->is_array() || networks->get_array().empty()) return {};
  return text_at(networks->get_array().front(), "Target");
}

}  // namespace

Result<CanaryMetrics> CanaryMetrics::start(const Context& context, const Engine& engine, const std::string& stack,
                                           const std::string& service, const json::Value& canary) {
  CanaryMetrics metrics(context, engine, fmt::format("{}_{}-metrics", stack, service));
  // That of a guard which was killed.
  static_cast<void>(engine.run(context, {"service", "rm", metrics.name_}));
  const std::string image = text_at(canary, "Spec/TaskTemplate/ContainerSpec/Image");
  BUSFLOW_TRY(const std::string port_label, server_label(canary, "port"));
  const std::string port = text_at(canary, "Spec/Labels/" + port_label);
  BUSFLOW_CHECK(
      engine.run(context, {"service",
                           "create",
                           "--detach",
                           "--quiet",
                           "--name",
                           metrics.name_,
                           "--network",
                           network_of(canary),
                           "--endpoint-mode",
                           "dnsrr",
                           "--constraint",
                           "node.labels.tier != stateful",
                           "--no-healthcheck",
                           "--read-only",
                           "--cap-drop",
                           "ALL",
                           "--limit-memory",
                           "64M",
                           "--log-driver",
                           "json-file",
                           "--log-opt",
                           "max-size=5m",
                           "--log-opt",
                           "max-file=2",
                           "--with-registry-auth",
                           "--restart-condition",
                           "any",
                           "--entrypoint",
                           "curl",
                           image,
                           "--silent",
                           "--max-time",
                           "5",
                           "--rate",
                           "30/m",
                           "--write-out",
                           "\n" + std::string(kEnd) + "%{http_code} %{url_effective}\n",
                           fmt::format("http://{}:{}/metrics?look=[1-1000000]", canary_name(service), port)}));
  return metrics;
}

Result<std::optional<RequestCounts>> CanaryMetrics::look() {
  BUSFLOW_TRY(const auto lines, engine_.lines(context_, {"service", "logs", "--raw", "--tail", "4000", name_}));
  const auto is_end = [](const std::string& line) { return line.starts_with(kEnd); };
  const auto end = std::find_if(lines.rbegin(), lines.rend(), is_end);
  if (end == lines.rend() || *end == last_end_ || !end->starts_with(std::string(kEnd) + "200 ")) return std::nullopt;
  const auto begin = std::find_if(end + 1, lines.rend(), is_end);
  std::string answer;
  for (auto line = begin.base(); line != end.base(); ++line) answer += *line + "\n";
  last_end_ = *end;
  return read_request_counts(answer);
}

void CanaryMetrics::stop() {
  if (name_.empty()) return;
  // Nobody else would remove it.
  static_cast<void>(engine_.run(cleaning_up(context_), {"service", "rm", std::exchange(name_, {})}));
}

}  // namespace busflow::swarm
