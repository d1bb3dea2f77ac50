#pragma once

#include <chrono>
#include <csignal>

namespace busflow::runtime {

/// Blocks SIGINT and SIGTERM in the calling thread and all it starts, so that wait() is the only one to see them. Make
/// it first in main.
class Signals {
 public:
  Signals();
  /// Returns the signal that asks the process to end. A second one, while the first is being served, ends it at once.
  int wait();
  /// After wait(): lets time pass, at most until the next signal.
  void linger(std::chrono::milliseconds time);

 private:
  sigset_t set_{};
};

}  // namespace busflow::runtime
