#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include <platform/swarm/engine.hpp>

namespace busflow::swarm {

/// Who is at work on a stack.
struct LockHolder {
  std::string owner;
  std::string reason;
  std::string expires;  ///< RFC 3339.

  std::string describe() const;
};

/// A lock on a stack that lies in the Swarm itself, so that it holds between machines: a config of a name that can be
/// taken only once, which the managers agree on. A lock whose time is over is taken from its holder. It is given back
/// by release(), or when its object goes.
class SwarmLock {
 public:
  /// kStateConflict that names the holder while somebody has it.
  static Result<SwarmLock> take(const Context& context, const Engine& engine, const std::string& stack,
                                const std::string& reason, std::chrono::milliseconds lifetime);
  static Result<std::optional<LockHolder>> holder(const Context& context, const Engine& engine,
                                                  const std::string& stack);

  ~SwarmLock() { static_cast<void>(release()); }
  SwarmLock(SwarmLock&& other) noexcept
      : context_(other.context_), engine_(other.engine_), id_(std::exchange(other.id_, {})) {}
  SwarmLock(const SwarmLock&) = delete;
  SwarmLock& operator=(const SwarmLock&) = delete;
  SwarmLock& operator=(SwarmLock&&) = delete;

  Result<void> release();

 private:
  SwarmLock(const Context& context, const Engine& engine, std::string id)
      : context_(context), engine_(engine), id_(std::move(id)) {}

  const Context& context_;
  const Engine& engine_;
  std::string id_;
};

}  // namespace busflow::swarm
