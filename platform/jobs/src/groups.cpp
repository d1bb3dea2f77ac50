#include <platform/jobs/groups.hpp>

#include "keys.hpp"

namespace busflow::jobs {

Result<void> set_group_limits(redis::Client& client, const std::string& prefix, const std::string& queue,
                              const GroupLimits& limits) {
  BUSFLOW_CHECK(check_queue_name(queue));
  if (limits.depth < 1 || limits.concurrency.value_or(1) < 1 || limits.jobs.value_or(1) < 1 || limits.per.count() < 1) {
    return fail(ErrorName::kBadRequest, "the limits of groups are numbers from 1 on");
  }
  const auto key = Keys(prefix, queue)("groups:limits");
  std::vector<redis::Command> commands{{"MULTI"}, {"DEL", key}, {"HSET", key, "depth", std::to_string(limits.depth)}};
  if (limits.concurrency) commands.push_back({"HSET", key, "concurrency", std::to_string(*limits.concurrency)});
  if (limits.jobs) {
    commands.push_back(
        {"HSET", key, "max", std::to_string(*limits.jobs), "duration", std::to_string(limits.per.count())});
  }
  commands.push_back({"EXEC"});
  BUSFLOW_TRY(const auto replies, client.commands(commands));
  for (const auto& reply : replies) {
    if (!reply) return std::unexpected(reply.error());
  }
  return {};
}

}  // namespace busflow::jobs
