#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include <platform/base/clock.hpp>
#include <platform/swarm/engine.hpp>

/// A task of a new version beside the present ones, for a share of their requests. Traefik takes the servers of all
/// Swarm services that declare the same Traefik service for one, and shares requests out by each server's weight
/// (doc.traefik.io/traefik/reference/routing-configuration/other-providers/swarm). Labels of a service may change
/// without its tasks being started again, so that neither a start nor an end of it restarts anything else.
namespace busflow::swarm {

/// The label of a canary's service that says its share in percent.
inline constexpr std::string_view kCanaryLabel = "busflow.canary";

/// "api-canary" for "api".
std::string canary_name(const std::string& service);

/// Of each server; in the least numbers that give the share.
struct CanaryWeights {
  std::int64_t present = 1;
  std::int64_t canary = 1;
};

/// What gives one canary `percent` of the requests beside so many present tasks. Both are at least 1, percent at
/// most 99.
CanaryWeights canary_weights(std::int64_t percent, std::int64_t present_tasks);

/// The label that tells Traefik "port" or "weight" of a service's servers; kStateConflict for a service that Traefik
/// sends nothing to.
Result<std::string> server_label(const json::Value& service, std::string_view what);

/// The document with the canary as its only service. Its routes are those that `present`, the service as the engine
/// shows it, has now: two that differ would be none to Traefik.
Result<json::Object> canary_document(json::Object document, const json::Value& present, const std::string& service,
                                     std::int64_t percent, const std::string& version);

/// What a server has answered since it started, health checks left out.
struct RequestCounts {
  std::int64_t answered = 0;
  std::int64_t failed = 0;  ///< With a status of 500 or more.
};

/// From http_requests_total in Prometheus's text format; nothing where there is none.
std::optional<RequestCounts> read_request_counts(std::string_view metrics);

struct GuardOptions {
  std::int64_t most_failed_percent = 1;
  std::int64_t least_requests = 20;  ///< Of fewer nothing is concluded,
  std::int64_t least_failed = 10;    ///< but when so many failed, and half of all did.
  std::chrono::seconds window{60};
  std::chrono::seconds longest_silence{30};
};

/// Says when a canary must go. Not safe to use from several threads.
class CanaryGuard {
 public:
  explicit CanaryGuard(GuardOptions options) : options_(options) {}

  /// Takes a look's counts, or that there were none; the reason to abort, or nothing. Both the last minute and all
  /// since the beginning are judged: neither a slow start nor a long good time hides what is wrong now.
  std::optional<std::string> judge(SteadyTime now, std::optional<RequestCounts> counts);

  /// All since the first look.
  RequestCounts seen() const;

 private:
  struct Look {
    SteadyTime time;
    RequestCounts counts;
  };

  std::optional<std::string> too_many_failed(const Look& from, const Look& to) const;

  GuardOptions options_;
  std::optional<SteadyTime> begun_;
  std::deque<Look> looks_;         ///< The first, then those of the window.
  RequestCounts before_restarts_;  ///< Of tasks that ended: a new one counts from 0.
  RequestCounts last_raw_;
};

}  // namespace busflow::swarm
