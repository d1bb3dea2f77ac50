#pragma once

#include <string_view>

#include <platform/redis/client.hpp>

namespace busflow::jobs {

/// The scripts, by what they do. Those of BullMQ keep its names; the number of KEYS is part of the file's name.
struct Scripts {
  redis::Script add_standard_job;
  redis::Script add_delayed_job;
  redis::Script add_prioritized_job;
  redis::Script add_parent_job;
  redis::Script release_parent;
  redis::Script move_to_active;
  redis::Script move_to_finished;
  redis::Script move_to_delayed;
  redis::Script move_to_waiting_children;
  redis::Script move_back_to_wait;
  redis::Script retry_job;
  redis::Script extend_locks;
  redis::Script move_stalled_jobs;
  redis::Script add_job_scheduler;
  redis::Script update_job_scheduler;
  redis::Script remove_job_scheduler;
  redis::Script pause;
  redis::Script drain;
  redis::Script obliterate;
  redis::Script promote;
  redis::Script change_priority;
  redis::Script change_delay;
  redis::Script clean_jobs;
  redis::Script remove_job;
  redis::Script reprocess_job;
  redis::Script move_jobs_to_wait;
  redis::Script get_state;
  redis::Script update_progress;
  redis::Script add_log;
  redis::Script complete_jobs;
  redis::Script take_jobs;
  redis::Script add_grouped_job;
  redis::Script feed_groups;
  redis::Script list_grouped_jobs;
  redis::Script drain_groups;
};

/// Constants, made at first use.
const Scripts& scripts();

}  // namespace busflow::jobs
