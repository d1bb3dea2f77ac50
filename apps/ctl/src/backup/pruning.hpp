#pragma once

#include "environment.hpp"

namespace busflow::ctl {

struct PruneOptions {
  std::size_t daily = 14;
  std::size_t weekly = 4;
  std::chrono::days pre_cutover{30};
  std::chrono::milliseconds lock_lifetime;
  std::chrono::milliseconds idle_timeout;
};

/// Deletes what retention no longer wants, with its steps on the console.
backup::Outcome<void> prune_backups(command_line::Invocation& call, const config::Settings& settings,
                                    const std::string& source, const PruneOptions& options);

}  // namespace busflow::ctl
