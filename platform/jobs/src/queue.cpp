#include <platform/jobs/queue.hpp>

#include <fmt/format.h>

#include "add_call.hpp"
#include "scripts.hpp"

namespace busflow::jobs {
namespace {

/// A flow's jobs, parents before children, as the scripts need them.
class FlowCalls {
 public:
  FlowCalls(const std::string& prefix, const Clock& clock, IdentifierSource& identifiers, std::size_t max_data_bytes)
      : prefix_(prefix), now_(clock.now()), identifiers_(identifiers), max_data_bytes_(max_data_bytes) {}

  Result<std::string> add(const Flow& flow, const ParentLink* parent) {
    NewJob job = flow.job;
    if (!job.options.group.empty()) return fail(ErrorName::kBadRequest, "jobs of a flow cannot be in groups");
    if (!flow.children.empty() && job.options.deduplication) {
      return fail(ErrorName::kBadRequest, fmt::format("job {} has children, so it cannot be deduplicated", job.name));
    }
    if (job.options.job_id.empty()) job.options.job_id = identifiers_.next().to_string();
    const ParentLink self{.id = job.options.job_id, .queue_key = fmt::format("{}:{}", prefix_, job.queue)};
    const FlowPlace place{.parent = parent, .has_children = !flow.children.empty()};
    BUSFLOW_TRY(auto call, add_call(Keys(prefix_, job.queue), job, max_data_bytes_, now_, &place));
    calls.push_back(std::move(call));
    jobs.push_back(std::move(job));
    for (const auto& child : flow.children) BUSFLOW_CHECK(add(child, &self));
    if (!flow.children.empty()) {
      releases_.push_back({&scripts().release_parent,
                           {self.key(), self.key() + ":dependencies"},
                           {self.queue_key, self.id, std::to_string(now_.time_since_epoch().count())}});
    }
    return self.id;
  }

  /// Parents whose children were all done before are let go once the whole tree is there.
  void finish() { calls.insert(calls.end(), releases_.begin(), releases_.end()); }

  std::vector<redis::ScriptCall> calls;
  std::vector<NewJob> jobs;

 private:
  const std::string& prefix_;
  WallTime now_;
  IdentifierSource& identifiers_;
  std::size_t max_data_bytes_;
  std::vector<redis::ScriptCall> releases_;
};

}  // namespace

QueueClient::QueueClient(redis::Options redis, std::string prefix, const Clock& clock, std::size_t max_data_bytes)
    : prefix_(std::move(prefix)),
      clock_(clock),
      max_data_bytes_(max_data_bytes),
      client_(redis),
      shared_calls_(redis) {}

Result<std::string> QueueClient::add(const std::string& queue, const std::string& name, const json::Object& data,
                                     const JobOptions& options) {
  const NewJob job{.queue = queue, .name = name, .data = data, .options = options};
  BUSFLOW_TRY(const auto ids, add_bulk({&job, 1}));
  return ids.front();
}

Result<std::vector<std::string>> QueueClient::add_bulk(std::span<const NewJob> jobs) {
  const auto now = clock_.now();
  std::vector<redis::ScriptCall> calls;
  for (const auto& job : jobs) {
    BUSFLOW_TRY(auto call, add_call(Keys(prefix_, job.queue), job, max_data_bytes_, now));
    calls.push_back(std::move(call));
  }
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const bool is_last_of_queue = i + 1 == jobs.size() || jobs[i + 1].queue != jobs[i].queue;
    if (!jobs[i].options.group.empty() && is_last_of_queue) {
      calls.push_back(feed_groups_call(Keys(prefix_, jobs[i].queue), now));
    }
  }
  BUSFLOW_TRY(const auto replies, shared_calls_.evaluate_all(std::move(calls)));
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < replies.size(); ++i) {
    if (i >= jobs.size()) {
      if (!replies[i]) return std::unexpected(replies[i].error());
      continue;
    }
    BUSFLOW_TRY(auto id, added_id(replies[i], jobs[i]));
    ids.push_back(std::move(id));
  }
  return ids;
}

Result<std::string> QueueClient::add_flow(const Flow& flow) {
  FlowCalls tree(prefix_, clock_, identifiers_, max_data_bytes_);
  BUSFLOW_TRY(auto root, tree.add(flow, nullptr));
  tree.finish();
  const std::lock_guard lock(mutex_);
  BUSFLOW_TRY(const auto replies, client_.evaluate_together(tree.calls));
  for (std::size_t i = 0; i < replies.size(); ++i) {
    if (i < tree.jobs.size()) {
      BUSFLOW_CHECK(added_id(replies[i], tree.jobs[i]));
    } else if (!replies[i]) {
      return std::unexpected(replies[i].error());
    }
  }
  return root;
}

Result<QueueCounts> QueueClient::counts(const std::string& queue) {
  BUSFLOW_CHECK(check_queue_name(queue));
  const Keys key(prefix_, queue);
  const std::vector<redis::Command> questions{{"LLEN", key("wait")},         {"LLEN", key("paused")},
                                              {"LLEN", key("active")},       {"ZCARD", key("delayed")},
                                              {"ZCARD", key("prioritized")}, {"ZCARD", key("waiting-children")},
                                              {"ZCARD", key("completed")},   {"ZCARD", key("failed")}};
  const std::lock_guard lock(mutex_);
  BUSFLOW_TRY(const auto replies, client_.commands(questions));
  std::vector<std::int64_t> numbers;
  for (const auto& reply : replies) {
    if (!reply) return std::unexpected(reply.error());
    numbers.push_back(reply->integer());
  }
  BUSFLOW_TRY(const auto grouped,
              client_.evaluate(scripts().list_grouped_jobs, key.list({"groups", "wait"}), {"0", "0"}));
  // BullMQ 5 keeps the jobs of a paused queue in `paused`; they wait all the same, as do those of groups.
  return QueueCounts{.waiting = numbers[0] + numbers[1] + grouped.array().at(0).integer(),
                     .active = numbers[2],
                     .delayed = numbers[3],
                     .prioritized = numbers[4],
                     .waiting_children = numbers[5],
                     .completed = numbers[6],
                     .failed = numbers[7]};
}

Result<void> QueueClient::ping() {
  const std::lock_guard lock(mutex_);
  BUSFLOW_CHECK(client_.command({"PING"}));
  return {};
}

}  // namespace busflow::jobs
