#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <platform/swarm/engine.hpp>

namespace busflow::swarm {

/// How far one service is with what it was last told to be.
struct ServiceProgress {
  enum class State : std::uint8_t { kUnderWay, kDone, kFailed };

  std::string name;  ///< Without the stack's.
  State state = State::kUnderWay;
  std::int64_t running = 0;  ///< Tasks of the present specification that run and are healthy.
  std::int64_t wanted = 0;
  std::vector<std::string> nodes{};  ///< Ids of those where a task runs, of whatever specification.
  bool rolled_back = false;
  std::string update{};  ///< The state of its last update, as the Swarm names it; empty when there was none.
  std::string reason;    ///< Of a failure: what the Swarm says, the health check answered and the task last wrote.
};

/// In a word, for people and programs: "ready", "went back", "failed", "under way", or the state of the update that is
/// under way. A job that has ended well is ready, although to the Swarm, which wants tasks to stay, its update failed.
std::string describe_state(const ServiceProgress& service);

struct RolloutOptions {
  std::chrono::milliseconds deadline = std::chrono::minutes(10);
  std::chrono::milliseconds interval = std::chrono::seconds(1);
  /// Of a service that was not there before and cannot go back: so many failed tasks end the wait.
  int failed_tasks = 6;
  /// Only these services, without the stack's name; none: all.
  std::vector<std::string> services{};
};

/// Whether a service runs to its end: it is never started again, or it migrates or fills the database.
bool is_job(std::string_view restart_condition, std::string_view phase);
/// The same of a service as the engine shows it.
bool is_job(const json::Value& service);

/// What the health check of a container, as the engine's inspect shows it, last said; empty when it said nothing. That
/// the engine could not start the check, as happens in a container that is just being stopped, says nothing about it
/// (moby/moby, daemon/health.go: the runtime's words stand where the check's would).
std::string health_answer(const json::Value& container);

/// How far each service of the stack is, in the order of their names. A job is done when its newest task has ended
/// well, and has failed when it was started as often as it may be.
Result<std::vector<ServiceProgress>> read_progress(const Context& context, const Engine& engine,
                                                   const std::string& stack, const RolloutOptions& options);

/// Waits until every service is done, one has failed, or the deadline is over, which is kDeadlineExceeded with what is
/// under way. `tell` is called after each look. An engine that does not answer for a while, as when its leader changes,
/// is asked again.
Result<std::vector<ServiceProgress>> wait_for_rollout(
    const Context& context, const Engine& engine, const std::string& stack, const RolloutOptions& options,
    const std::function<void(const std::vector<ServiceProgress>&)>& tell);

}  // namespace busflow::swarm
