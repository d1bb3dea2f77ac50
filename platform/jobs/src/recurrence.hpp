#pragma once

#include <optional>
#include <string>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/jobs/scheduler.hpp>

namespace busflow::jobs {

/// kBadRequest names what is wrong.
Result<void> check_recurrence(const Recurrence& recurrence, WallTime now);

/// The next time of the pattern from `now` on; nothing after the end, and for `every`, which the scripts compute.
Result<std::optional<WallTime>> next_time(const Recurrence& recurrence, WallTime now);

/// As it stands in a job's options, and back.
json::Object to_json(const Recurrence& recurrence, std::int64_t count);
Recurrence read_recurrence(const json::Object& repeat);

/// The options of the next job. `next` is ignored by the scripts for `every`.
json::Object iteration_options(const std::string& scheduler_id, const json::Object& template_options,
                               const Recurrence& recurrence, std::int64_t count, std::optional<WallTime> next,
                               WallTime now);

}  // namespace busflow::jobs
