#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

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

  /// The same work as `role` of this operator: row-level security lets it see the operator's rows. Without a role, in
  /// nobody's name, as handlers of events do.
  Context for_tenant(std::string_view tenant_id, std::string role = {}) const {
    Context same = *this;
    same.session = Session(std::move(role), {{"x-hasura-tenant-id", std::string(tenant_id)}});
    return same;
  }
};

}  // namespace busflow
