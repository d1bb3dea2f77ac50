#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include <platform/base/result.hpp>
#include <platform/jobs/worker_options.hpp>

namespace busflow::jobs {

/// A number in [0, 1), for jitter.
using Chance = std::function<double()>;

/// How long to wait before the attempt after this one, which failed with `error`; nothing when there is to be none.
/// kBadRequest when the job names a strategy that the worker does not have.
Result<std::optional<std::chrono::milliseconds>> next_delay(const Job& job, const Error& error,
                                                            const WorkerOptions& options, const Chance& chance);

}  // namespace busflow::jobs
