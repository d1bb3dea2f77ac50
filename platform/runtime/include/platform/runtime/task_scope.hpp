#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace busflow::runtime {

/// Background threads that end with their owner: stop() asks all of them to stop, then joins. Not thread-safe itself.
class TaskScope {
 public:
  using Work = std::function<void(std::stop_token)>;
  /// Called on the task's thread when an exception ended it: a fault.
  using OnFault = std::function<void(std::string_view task, std::string_view what)>;

  explicit TaskScope(OnFault on_fault) : on_fault_(std::move(on_fault)) {}
  ~TaskScope() { stop(); }

  void spawn(std::string name, Work work);
  void stop();

 private:
  OnFault on_fault_;
  std::vector<std::jthread> threads_;
};

}  // namespace busflow::runtime
