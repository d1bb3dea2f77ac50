#pragma once

#include <string>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/jobs/queue.hpp>
#include <platform/redis/client.hpp>

#include "keys.hpp"

namespace busflow::jobs {

/// Where a job of a flow hangs.
struct ParentLink {
  std::string id;
  std::string queue_key;  ///< "bull:mail"
  std::string key() const { return queue_key + ":" + id; }
};

/// How a job of a flow is added.
struct FlowPlace {
  const ParentLink* parent = nullptr;
  bool has_children = false;  ///< It waits for them.
};

/// The call that adds a job; which script depends on delay, priority, group and place. kBadRequest, kPayloadTooLarge:
/// see QueueClient.
Result<redis::ScriptCall> add_call(const Keys& keys, const NewJob& job, std::size_t max_data_bytes, WallTime now,
                                   const FlowPlace* place = nullptr);

/// Lets jobs of groups go on to the wait list, in turns.
redis::ScriptCall feed_groups_call(const Keys& keys, WallTime now);

/// The id that an adding script returned.
Result<std::string> added_id(const Result<redis::Reply>& reply, const NewJob& job);

}  // namespace busflow::jobs
