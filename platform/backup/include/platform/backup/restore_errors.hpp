#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <platform/backup/allow_list.hpp>
#include <platform/backup/problem.hpp>

namespace busflow::backup {

/// Reads what pg_restore or psql print, line by line, and sorts their errors into those that are tolerated and those
/// that are not. Thread-safe.
class RestoreErrors {
 public:
  explicit RestoreErrors(const std::vector<ToleratedError>& tolerated) : tolerated_(tolerated) {}

  void take_line(std::string_view line);

  std::vector<std::string> fatal() const;
  std::vector<std::string> tolerated() const;
  /// The failure behind the first fatal error: kDamagedDump, kDiskFull or kRestoreErrors.
  Failure failure() const;

 private:
  const std::vector<ToleratedError>& tolerated_;
  mutable std::mutex mutex_;
  std::vector<std::string> fatal_;
  std::vector<std::string> passed_;
};

}  // namespace busflow::backup
