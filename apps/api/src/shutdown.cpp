#include "shutdown.hpp"

namespace busflow::api {

void wait_and_shut_down(runtime::Signals& signals, runtime::ShutdownSequence& steps, const telemetry::Logger& logger) {
  const int signal = signals.wait();
  logger.info("stopping", {{"signal", signal}});
  steps.run([&logger](std::string_view step, std::chrono::milliseconds took, std::string_view fault) {
    if (fault.empty()) {
      logger.info("shutdown step done", {{"step", step}, {"milliseconds", took.count()}});
    } else {
      logger.error("shutdown step failed", {{"step", step}, {"milliseconds", took.count()}, {"reason", fault}});
    }
  });
  logger.info("stopped");
}

runtime::IoThreads::OnFault log_faults(const telemetry::Logger& logger) {
  return [logger](std::string_view what) { logger.error("a fault escaped to the event loop", {{"reason", what}}); };
}

}  // namespace busflow::api
