#include <platform/runtime/task_scope.hpp>

#include <exception>

namespace busflow::runtime {

void TaskScope::spawn(std::string name, Work work) {
  threads_.emplace_back([this, task = std::move(name), body = std::move(work)](const std::stop_token& stop) {
    try {
      body(stop);
    } catch (const std::exception& fault) {
      on_fault_(task, fault.what());
    }
  });
}

void TaskScope::stop() {
  for (auto& thread : threads_) thread.request_stop();
  threads_.clear();
}

}  // namespace busflow::runtime
