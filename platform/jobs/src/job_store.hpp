#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/jobs/job.hpp>
#include <platform/jobs/queue.hpp>
#include <platform/redis/client.hpp>

namespace busflow::jobs {

struct Taken {
  std::optional<Job> job;
  std::optional<WallTime> next_due;  ///< When there is no job now: when a delayed one will be due.
};

/// One queue in Redis: the scripts of lua/ with their keys. Uses the client it is given; as thread-safe as that.
class JobStore {
 public:
  JobStore(redis::Client& client, std::string prefix, std::string queue);

  Result<std::string> add(const std::string& name, const json::Object& data, const JobOptions& options, WallTime now);
  Result<Taken> take(const std::string& token, const std::string& worker, std::chrono::milliseconds lock, WallTime now);
  Result<void> complete(const Job& job, const std::string& token, const json::Value& value, WallTime now);
  Result<void> give_up(const Job& job, const std::string& token, const std::string& reason, WallTime now);
  Result<void> retry(const Job& job, const std::string& token, const std::string& reason,
                     std::chrono::milliseconds delay, WallTime now);
  /// The ids whose lock was lost.
  Result<std::vector<std::string>> extend_locks(const std::unordered_map<std::string, std::string>& held,
                                                std::chrono::milliseconds lock);
  /// The ids that were given back.
  Result<std::vector<std::string>> recover_stalled(std::chrono::milliseconds interval);
  /// Until there may be work, at most `longest`.
  Result<void> wait(std::chrono::milliseconds longest);
  Result<QueueCounts> counts();

 private:
  std::string key(std::string_view suffix) const { return base_ + std::string(suffix); }
  Result<void> finish(const Job& job, const std::string& token, const char* state, const std::string& value, int keep,
                      WallTime now);

  redis::Client& client_;
  std::string queue_;
  std::string base_;  ///< "bull:queue:"
};

}  // namespace busflow::jobs
