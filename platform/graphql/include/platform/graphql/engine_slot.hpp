#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include <platform/graphql/engine.hpp>

namespace busflow::graphql {

/// Where the engine in force is found. Engines are immutable: a change of the metadata makes a new one and swaps it in;
/// requests in flight keep theirs. Thread-safe.
class EngineSlot {
 public:
  explicit EngineSlot(std::shared_ptr<const Engine> engine) : engine_(std::move(engine)) {}

  std::shared_ptr<const Engine> current() const { return engine_.load(std::memory_order_acquire); }
  void replace(std::shared_ptr<const Engine> engine) {
    engine_.store(std::move(engine), std::memory_order_release);
    generation_.fetch_add(1, std::memory_order_release);
    const std::lock_guard lock(mutex_);
    for (const auto& [id, on_replace] : observers_) on_replace();
  }

  /// Grows with each replacement; for those who keep what they learned of the engine. Cheap.
  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

  /// `on_replace` is called after each replacement, by whoever replaces; it must not block, nor observe or forget.
  std::uint64_t observe(std::function<void()> on_replace) const {
    const std::lock_guard lock(mutex_);
    observers_.emplace(next_observer_, std::move(on_replace));
    return next_observer_++;
  }
  /// When it returns, the observer is not being called and will not be.
  void forget(std::uint64_t observer) const {
    const std::lock_guard lock(mutex_);
    observers_.erase(observer);
  }

 private:
  std::atomic<std::shared_ptr<const Engine>> engine_;
  std::atomic<std::uint64_t> generation_{1};
  mutable std::mutex mutex_;
  mutable std::map<std::uint64_t, std::function<void()>> observers_;
  mutable std::uint64_t next_observer_ = 1;
};

}  // namespace busflow::graphql
