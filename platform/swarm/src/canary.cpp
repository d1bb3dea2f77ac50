#include <platform/swarm/canary.hpp>

#include <charconv>
#include <numeric>

#include <fmt/format.h>

#include <platform/swarm/deployments.hpp>

namespace busflow::swarm {
namespace {

constexpr std::string_view kRoutesOfProbes[] = {"/readyz", "/healthz", "/metrics"};

/// The value of a label in `name{a="b",c="d"}`.
std::string_view label_of(std::string_view series, std::string_view name) {
  const auto begin = series.find(fmt::format("{}=\"", name));
  if (begin == std::string_view::npos) return {};
  series.remove_prefix(begin + name.size() + 2);
  return series.substr(0, series.find('"'));
}

bool is_kept_label(std::string_view name) {
  return name != kDeploymentLabel && name != "busflow.version" && !name.starts_with("com.docker.");
}

}  // namespace

std::string canary_name(const std::string& service) { return service + "-canary"; }

CanaryWeights canary_weights(std::int64_t percent, std::int64_t present_tasks) {
  const std::int64_t present = 100 - percent;
  const std::int64_t canary = percent * present_tasks;
  const std::int64_t common = std::gcd(present, canary);
  return {.present = present / common, .canary = canary / common};
}

Result<std::string> server_label(const json::Value& service, std::string_view what) {
  constexpr std::string_view kPrefix = "traefik.http.services.";
  constexpr std::string_view kPort = "port";
  constexpr std::string_view kSuffix = ".loadbalancer.server.port";
  const auto* labels = value_at(service, "Spec/Labels");
  if (labels != nullptr && labels->is_object()) {
    for (const auto& [key, value] : labels->get_object()) {
      const std::string_view name = key;
      if (name.starts_with(kPrefix) && name.ends_with(kSuffix))
        return fmt::format("{}{}", name.substr(0, name.size() - kPort.size()), what);
    }
  }
  return fail(ErrorName::kStateConflict,
              fmt::format("the service {} takes no requests from Traefik", text_at(service, "Spec/Name")));
}

Result<json::Object> canary_document(json::Object document, const json::Value& present, const std::string& service,
                                     std::int64_t percent, const std::string& version) {
  auto* services = document.if_contains("services");
  auto* own = services == nullptr || !services->is_object() ? nullptr : services->get_object().if_contains(service);
  if (own == nullptr || !own->is_object())
    return fail(ErrorName::kNotFound, fmt::format("the stack's files have no service '{}'", service));
  const std::int64_t tasks = number_at(present, "Spec/Mode/Replicated/Replicas");
  if (tasks < 1)
    return fail(ErrorName::kStateConflict, fmt::format("'{}' has no tasks that a canary could stand beside", service));
  BUSFLOW_TRY(const std::string weight, server_label(present, "weight"));

  json::Object labels;
  for (const auto& [key, value] : value_at(present, "Spec/Labels")->get_object()) {
    if (is_kept_label(key)) labels[key] = value;
  }
  labels[weight] = std::to_string(canary_weights(percent, tasks).canary);
  labels[kCanaryLabel] = std::to_string(percent);
  labels["busflow.version"] = version;
  json::Object canary = std::move(own->get_object());
  auto& deploy = canary["deploy"];
  if (!deploy.is_object()) deploy = json::Object();
  deploy.get_object()["labels"] = std::move(labels);
  deploy.get_object()["replicas"] = 1;
  document["services"] = json::Object{{canary_name(service), std::move(canary)}};
  return document;
}

std::optional<RequestCounts> read_request_counts(std::string_view metrics) {
  std::optional<RequestCounts> counts;
  while (!metrics.empty()) {
    const auto line = metrics.substr(0, metrics.find('\n'));
    metrics.remove_prefix(std::min(metrics.size(), line.size() + 1));
    const auto end = line.rfind("} ");
    if (!line.starts_with("http_requests_total{") || end == std::string_view::npos) continue;
    const auto series = line.substr(0, end);
    if (!counts) counts.emplace();
    if (std::ranges::find(kRoutesOfProbes, label_of(series, "route")) != std::end(kRoutesOfProbes)) continue;
    std::int64_t value = 0;
    std::from_chars(line.data() + end + 2, line.data() + line.size(), value);
    counts->answered += value;
    if (label_of(series, "status") == "5xx") counts->failed += value;
  }
  return counts;
}

std::optional<std::string> CanaryGuard::too_many_failed(const Look& from, const Look& to) const {
  const auto answered = to.counts.answered - from.counts.answered;
  const auto failed = to.counts.failed - from.counts.failed;
  const bool is_plain = failed >= options_.least_failed && failed * 2 >= answered;
  if (answered < options_.least_requests && !is_plain) return std::nullopt;
  if (failed * 100 <= options_.most_failed_percent * answered) return std::nullopt;
  return fmt::format("{} of {} requests failed within {} s; {} % may", failed, answered,
                     std::chrono::duration_cast<std::chrono::seconds>(to.time - from.time).count(),
                     options_.most_failed_percent);
}

std::optional<std::string> CanaryGuard::judge(SteadyTime now, std::optional<RequestCounts> counts) {
  if (!begun_) begun_ = now;
  if (!counts) {
    const auto silence = now - (looks_.empty() ? *begun_ : looks_.back().time);
    if (silence < options_.longest_silence) return std::nullopt;
    return fmt::format("it has not told its metrics for {} s",
                       std::chrono::duration_cast<std::chrono::seconds>(silence).count());
  }
  if (counts->answered < last_raw_.answered) {
    before_restarts_.answered += last_raw_.answered;
    before_restarts_.failed += last_raw_.failed;
  }
  last_raw_ = *counts;
  looks_.push_back({.time = now,
                    .counts = {.answered = before_restarts_.answered + counts->answered,
                               .failed = before_restarts_.failed + counts->failed}});
  while (looks_.size() > 2 && looks_[1].time + options_.window < now) looks_.erase(looks_.begin() + 1);
  if (looks_.size() < 2) return std::nullopt;
  if (auto reason = too_many_failed(looks_.front(), looks_.back())) return reason;
  return too_many_failed(looks_[1], looks_.back());
}

RequestCounts CanaryGuard::seen() const {
  if (looks_.empty()) return {};
  return {.answered = looks_.back().counts.answered - looks_.front().counts.answered,
          .failed = looks_.back().counts.failed - looks_.front().counts.failed};
}

}  // namespace busflow::swarm
