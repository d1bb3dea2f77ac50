#pragma once

#include <cstdint>
#include <stop_token>
#include <string>

#include <platform/base/clock.hpp>
#include <platform/base/identifier.hpp>
#include <platform/base/result.hpp>
#include <platform/base/session.hpp>
#include <platform/base/trace.hpp>

namespace busflow {

/// What a piece of work carries with it: one request, job or command-line verb.
/// References outlive it. Copy it to narrow the deadline; use by one thread at a time.
struct Context {
  const Clock& clock;
  IdentifierSource& identifiers;
  Session session{};
  TraceContext trace{};
  std::string request_id{};
  SteadyTime deadline = SteadyTime::max();
  std::stop_token cancellation{};
  std::int64_t fencing_token = 0;  ///< Of a job: grows each time somebody takes it; see jobs::Attempt. Otherwise 0.

  /// kDeadlineExceeded or kCancelled once it is time to give up; call before each slow step.
  Result<void> check() const {
    if (cancellation.stop_requested()) return fail(ErrorName::kCancelled);
    if (clock.steady_now() >= deadline) return fail(ErrorName::kDeadlineExceeded);
    return {};
  }
};

}  // namespace busflow
