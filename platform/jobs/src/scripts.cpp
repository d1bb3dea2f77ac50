#include "scripts.hpp"

#include <algorithm>
#include <span>
#include <stdexcept>

#include <fmt/format.h>

#include <platform/base/embedded_file.hpp>

namespace busflow::jobs {

std::span<const EmbeddedFile> bullmq_scripts();
std::span<const EmbeddedFile> group_scripts();

namespace {

redis::Script load(std::span<const EmbeddedFile> files, std::string_view name) {
  const auto found = std::ranges::find(files, name, &EmbeddedFile::path);
  if (found == files.end()) throw std::logic_error(fmt::format("no script {}", name));
  return redis::Script(found->text);
}

redis::Script bullmq(std::string_view name) { return load(bullmq_scripts(), fmt::format("{}.lua", name)); }
redis::Script own(std::string_view name) { return load(group_scripts(), fmt::format("{}.lua", name)); }

}  // namespace

const Scripts& scripts() {
  static const Scripts instance{
      .add_standard_job = bullmq("addStandardJob-9"),
      .add_delayed_job = bullmq("addDelayedJob-6"),
      .add_prioritized_job = bullmq("addPrioritizedJob-9"),
      .add_parent_job = bullmq("addParentJob-6"),
      .release_parent = bullmq("releaseParentIfNoPendingDependencies-2"),
      .move_to_active = bullmq("moveToActive-11"),
      .move_to_finished = bullmq("moveToFinished-14"),
      .move_to_delayed = bullmq("moveToDelayed-11"),
      .move_to_waiting_children = bullmq("moveToWaitingChildren-7"),
      .move_back_to_wait = bullmq("moveJobFromActiveToWait-9"),
      .retry_job = bullmq("retryJob-11"),
      .extend_locks = bullmq("extendLocks-1"),
      .move_stalled_jobs = bullmq("moveStalledJobsToWait-9"),
      .add_job_scheduler = bullmq("addJobScheduler-11"),
      .update_job_scheduler = bullmq("updateJobScheduler-12"),
      .remove_job_scheduler = bullmq("removeJobScheduler-3"),
      .pause = bullmq("pause-7"),
      .drain = bullmq("drain-5"),
      .obliterate = bullmq("obliterate-2"),
      .promote = bullmq("promote-9"),
      .change_priority = bullmq("changePriority-7"),
      .change_delay = bullmq("changeDelay-4"),
      .clean_jobs = bullmq("cleanJobsInSet-3"),
      .remove_job = bullmq("removeJob-2"),
      .reprocess_job = bullmq("reprocessJob-9"),
      .move_jobs_to_wait = bullmq("moveJobsToWait-8"),
      .get_state = bullmq("getStateV2-8"),
      .update_progress = bullmq("updateProgress-3"),
      .add_log = bullmq("addLog-2"),
      .complete_jobs = bullmq("complete_jobs"),
      .take_jobs = bullmq("take_jobs"),
      .add_grouped_job = own("add_grouped_job"),
      .feed_groups = own("feed_groups"),
      .list_grouped_jobs = own("list_grouped_jobs"),
      .drain_groups = own("drain_groups"),
  };
  return instance;
}

}  // namespace busflow::jobs
