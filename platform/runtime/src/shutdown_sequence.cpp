#include <platform/runtime/shutdown_sequence.hpp>

#include <exception>
#include <utility>

namespace busflow::runtime {

void ShutdownSequence::add(std::string name, std::function<void()> step) {
  steps_.push_back({std::move(name), std::move(step)});
}

void ShutdownSequence::run(const Report& report) {
  const auto steps = std::exchange(steps_, {});
  for (const auto& step : steps) {
    const auto start = std::chrono::steady_clock::now();
    std::string fault;
    try {
      step.action();
    } catch (const std::exception& caught) {
      fault = caught.what();
    }
    report(step.name, std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start),
           fault);
  }
}

}  // namespace busflow::runtime
