#include "backoff.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace busflow::jobs {
namespace {

using std::chrono::milliseconds;

constexpr double kLongestDelay = 30.0 * 24 * 3600 * 1000;

double number(const json::Object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_number() ? value->to_number<double>() : 0;
}

/// `backoff` may be a number: a fixed delay.
json::Object read_backoff(const json::Object& options) {
  const auto* value = options.if_contains("backoff");
  if (value == nullptr) return {};
  if (const auto* object = value->if_object()) return *object;
  return value->is_number() ? json::Object{{"type", "fixed"}, {"delay", *value}} : json::Object{};
}

}  // namespace

Result<std::optional<milliseconds>> next_delay(const Job& job, const Error& error, const WorkerOptions& options,
                                               const Chance& chance) {
  const int attempts_made = job.attempts_made + 1;
  if (attempts_made >= job.attempts_allowed()) return std::nullopt;
  const auto backoff = read_backoff(job.options);
  if (backoff.empty()) return milliseconds(0);
  const auto* type = backoff.if_contains("type");
  const std::string_view name = type != nullptr && type->is_string() ? std::string_view(type->get_string()) : "fixed";
  if (const auto strategy = options.backoff_strategies.find(std::string(name));
      strategy != options.backoff_strategies.end()) {
    return strategy->second(job, attempts_made, error);
  }
  double delay = number(backoff, "delay");
  if (name == "exponential") {
    delay *= std::pow(2.0, std::min(attempts_made - 1, 60));
  } else if (name != "fixed") {
    return fail(ErrorName::kBadRequest, fmt::format("the worker has no backoff strategy '{}'", name));
  }
  const double jitter = std::clamp(number(backoff, "jitter"), 0.0, 1.0);
  delay = std::clamp(delay, 0.0, kLongestDelay);
  if (jitter > 0) delay = std::floor(chance() * delay * jitter + delay * (1 - jitter));
  return milliseconds(static_cast<std::int64_t>(std::round(delay)));
}

}  // namespace busflow::jobs
