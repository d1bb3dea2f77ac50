#pragma once

#include <cstdint>
#include <string_view>

#include <platform/base/result.hpp>

namespace busflow::jobs {

/// The negative numbers that BullMQ's scripts return.
enum class ScriptCode : std::int8_t {
  kJobMissing = -1,
  kLockMissing = -2,
  kNotInState = -3,
  kPendingChildren = -4,
  kParentMissing = -5,
  kLockMismatch = -6,
  kParentCannotBeReplaced = -7,
  kBelongsToScheduler = -8,
  kFailedChildren = -9,
  kSchedulerIdCollision = -10,
  kSchedulerSlotsBusy = -11,
};

/// What the number means for job `id` of `queue`.
std::unexpected<Error> script_error(std::int64_t code, std::string_view queue, std::string_view id);

}  // namespace busflow::jobs
