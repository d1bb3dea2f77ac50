#pragma once

#include <functional>
#include <string>
#include <vector>

#include <platform/base/result.hpp>
#include <platform/http/router.hpp>
#include <platform/http/synchronous.hpp>
#include <platform/telemetry/metrics.hpp>

namespace busflow::http {

struct ReadinessCheck {
  std::string name;
  std::function<Result<void>(Context&)> check;  ///< On a worker thread.
};

/// GET /healthz: 200 while the process serves; touches nothing else. GET /readyz: 200 when all checks pass, else 503
/// naming what fails. GET /metrics: Prometheus' text format.
void add_standard_routes(Router& router, const SynchronousEnvironment& environment, telemetry::Metrics& metrics,
                         std::vector<ReadinessCheck> checks);

}  // namespace busflow::http
