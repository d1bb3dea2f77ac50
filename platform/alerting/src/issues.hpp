#pragma once

#include <string>

#include <platform/alerting/alert.hpp>

namespace busflow::alerting {

/// GitHub issues through `gh`, found again by a comment in their text: GitHub's search index lags behind.
class Issues {
 public:
  explicit Issues(const AlertOptions& options) : options_(options) {}

  /// Comments on the issue of this pattern and week, reopens it, or makes it. Says which: "#12".
  Result<std::string> raise(const Context& context, const Alert& alert) const;
  /// Closes all open ones of the pattern, of whatever week. How many.
  Result<int> close(const Context& context, const std::string& pattern) const;

  /// "<!-- busflow-alert: backup-verify/2026-W48 -->"; weeks as in ISO 8601, whose year may differ from the day's.
  static std::string marker(const std::string& pattern, WallTime now);

 private:
  struct Known {
    std::int64_t number;
    bool open;
    std::string body;
  };
  Result<std::vector<Known>> list(const Context& context) const;
  Result<std::string> gh(const Context& context, std::vector<std::string> arguments,
                         const std::string& input = {}) const;

  const AlertOptions& options_;
};

}  // namespace busflow::alerting
