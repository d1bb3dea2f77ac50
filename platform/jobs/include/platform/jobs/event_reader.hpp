#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <platform/base/result.hpp>
#include <platform/redis/client.hpp>

namespace busflow::jobs {

/// Something that happened in a queue: "added", "waiting", "active", "completed", "failed", "delayed", "progress",
/// "stalled", "drained", "paused", "resumed", "removed", "cleaned", "duplicated", "deduplicated", "retries-exhausted",
/// "waiting-children".
struct QueueEvent {
  std::string position;  ///< In the stream; where a later reader may go on.
  std::string name;
  std::string job_id;                         ///< Empty for events of the whole queue.
  std::map<std::string, std::string> fields;  ///< The others: "returnvalue", "failedReason", "prev" …
};

/// Follows a queue's stream of events, whoever writes them. Use by one thread at a time.
class EventReader {
 public:
  /// From `position` on: "$" for what comes from now on, "0" for all that is kept, or QueueEvent::position.
  EventReader(redis::Options redis, std::string prefix, const std::string& queue, std::string position = "$");

  /// Waits up to `longest` for events; none when the time is over. After an outage it goes on where it was.
  Result<std::vector<QueueEvent>> read(std::chrono::milliseconds longest);

 private:
  std::string key_;
  std::string position_;
  redis::Client client_;
};

}  // namespace busflow::jobs
