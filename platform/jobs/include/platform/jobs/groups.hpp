#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <platform/base/result.hpp>
#include <platform/redis/client.hpp>

namespace busflow::jobs {

/// Groups let many share a queue fairly: jobs whose options name a group wait in the group's own list, and go on to the
/// queue's in turns, one of each group. So one operator's thousand mails do not stand before another's ticket. A group
/// with concurrency 1 is also an order: its jobs run one after the other, retries included.
///
/// Workers in other languages take these jobs as any others. BullMQ has nothing like it in its free edition; the keys
/// are ours: `groups` (who waits, in turn), `groups:<id>` (whose jobs), `groups:limits`.
struct GroupLimits {
  int depth =
      8;  ///< Jobs of all groups that may stand in the queue's list: about as many as its workers run at a time.
  std::optional<int> concurrency{};     ///< Jobs of one group that are under way.
  std::optional<int> jobs{};            ///< Jobs of one group …
  std::chrono::milliseconds per{1000};  ///< … that may start in this time.
};

/// For all groups of the queue and all processes, from now on. kBadRequest for limits below 1.
Result<void> set_group_limits(redis::Client& client, const std::string& prefix, const std::string& queue,
                              const GroupLimits& limits);

}  // namespace busflow::jobs
