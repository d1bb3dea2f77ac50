#pragma once

#include <string>
#include <utility>
#include <vector>

namespace busflow::process {

/// A program and what it is given. It is never run through a shell: arguments reach it as they are.
struct Command {
  std::string program;  ///< A path, or a name that is looked up in PATH.
  std::vector<std::string> arguments{};
  /// Added to our own environment.
  std::vector<std::pair<std::string, std::string>> environment{};
  /// Descriptors it inherits under the same numbers, for arguments that name /proc/self/fd/N.
  std::vector<int> inherited{};
  std::string user{};  ///< Run as this user, when we are root; empty: as ourselves.

  /// As one would type it into a shell, for people to read. Secrets are never arguments, so it may be shown.
  std::string describe() const;
};

/// How a child ended.
struct Exit {
  int code = 0;
  int signal = 0;

  bool is_success() const { return code == 0 && signal == 0; }
  /// "exit code 3" or "killed by signal 9".
  std::string describe() const;
};

}  // namespace busflow::process
