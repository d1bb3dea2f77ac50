#pragma once

#include <chrono>
#include <functional>

#include <platform/base/context.hpp>
#include <platform/http/handler.hpp>
#include <platform/runtime/worker_pool.hpp>
#include <platform/telemetry/logger.hpp>

namespace busflow::http {

/// What synchronous handlers need from the process. References outlive the server.
struct SynchronousEnvironment {
  runtime::WorkerPool& workers;
  const Clock& clock;
  IdentifierSource& identifiers;
  telemetry::Logger logger;
  std::chrono::milliseconds request_timeout{30000};
};

using SynchronousHandler = std::function<Result<Response>(Context&, const Request&)>;

/// A Context for the request: its id and trace, and a deadline.
Context make_context(const SynchronousEnvironment& environment, const Request& request);

/// The response; or the error as one, with a fault logged.
Response settle(const telemetry::Logger& logger, const Request& request, Result<Response> result);

/// Runs `handler` on a worker thread. Errors become JSON errors; a full pool 503 with Retry-After; a fault 500, with
/// what() logged.
Handler on_workers(SynchronousEnvironment environment, SynchronousHandler handler);

}  // namespace busflow::http
