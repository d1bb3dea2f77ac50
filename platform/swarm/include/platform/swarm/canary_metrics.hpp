#pragma once

#include <optional>
#include <string>

#include <platform/swarm/canary.hpp>

namespace busflow::swarm {

/// What a canary says of itself, read from anywhere: its network is the Swarm's only, so that a task of its own image
/// asks it every two seconds and writes the answers into its log. The task ends with this object.
class CanaryMetrics {
 public:
  /// `canary` is its service as the engine shows it. Both references must outlive this.
  static Result<CanaryMetrics> start(const Context& context, const Engine& engine, const std::string& stack,
                                     const std::string& service, const json::Value& canary);

  ~CanaryMetrics() { stop(); }
  CanaryMetrics(CanaryMetrics&& other) noexcept
      : context_(other.context_), engine_(other.engine_), name_(std::exchange(other.name_, {})) {}
  CanaryMetrics(const CanaryMetrics&) = delete;
  CanaryMetrics& operator=(const CanaryMetrics&) = delete;
  CanaryMetrics& operator=(CanaryMetrics&&) = delete;

  /// The newest whole answer that was not read before; nothing when there is none yet.
  Result<std::optional<RequestCounts>> look();

 private:
  CanaryMetrics(const Context& context, const Engine& engine, std::string name)
      : context_(context), engine_(engine), name_(std::move(name)) {}
  void stop();

  const Context& context_;
  const Engine& engine_;
  std::string name_;
  std::string last_end_;  ///< The line that ended the answer which was read last.
};

}  // namespace busflow::swarm
