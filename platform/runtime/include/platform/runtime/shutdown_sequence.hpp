#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace busflow::runtime {

/// The ordered steps by which a process ends: stop accepting, finish requests, release jobs, close connections.
class ShutdownSequence {
 public:
  using Report = std::function<void(std::string_view step, std::chrono::milliseconds took, std::string_view fault)>;

  /// Steps run in the order in which they were added. A step must end by itself within a known time.
  void add(std::string name, std::function<void()> step);
  /// Runs every step once, whatever happens in the others, and reports each; `fault` is empty when it went well.
  void run(const Report& report);

 private:
  struct Step {
    std::string name;
    std::function<void()> action;
  };
  std::vector<Step> steps_;
};

}  // namespace busflow::runtime
