#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <platform/base/clock.hpp>

namespace busflow::backup {

struct RetentionRules {
  std::size_t daily = 14;  ///< Newest dump of each of so many days that have one.
  std::size_t weekly = 4;  ///< Newest dump of each of so many weeks that are over and have one.
  std::chrono::days pre_cutover{30};
};

struct KeptDump {
  WallTime time{};
  std::string reason;  ///< "daily", "weekly", "daily, weekly", "last verified", "pre-cutover"; empty: to be deleted.
};

/// What to do with each of the committed dumps, in the order given. Days and weeks (Monday to Sunday) are UTC's, so
/// that no change of clocks makes one longer. Days without a success count for nothing: a fortnight of failures deletes
/// nothing. `last_verified` is kept whatever its age, and so is the newest.
std::vector<KeptDump> decide_regular(const std::vector<WallTime>& times, WallTime last_verified, WallTime now,
                                     const RetentionRules& rules);

/// The same for dumps taken before a cutover: all that are young enough.
std::vector<KeptDump> decide_pre_cutover(const std::vector<WallTime>& times, WallTime last_verified, WallTime now,
                                         const RetentionRules& rules);

}  // namespace busflow::backup
