#pragma once

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/jobs/job.hpp>
#include <platform/jobs/worker_options.hpp>
#include <platform/redis/client.hpp>

namespace busflow::jobs {

/// Adds the job that follows `job`, which a scheduler made and a worker has just started. Does nothing when the
/// scheduler has ended, was removed, or has gone on without this job.
Result<void> add_next_iteration(redis::Client& client, const WorkerOptions& options, const Job& job, WallTime now);

}  // namespace busflow::jobs
