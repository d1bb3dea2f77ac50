#pragma once

#include <atomic>
#include <memory>

#include <platform/graphql/engine.hpp>

namespace busflow::graphql {

/// Where the engine in force is found. Engines are immutable: a change of the metadata makes a new one and swaps it in;
/// requests in flight keep theirs. Thread-safe.
class EngineSlot {
 public:
  explicit EngineSlot(std::shared_ptr<const Engine> engine) : engine_(std::move(engine)) {}

  std::shared_ptr<const Engine> current() const { return engine_.load(std::memory_order_acquire); }
  void replace(std::shared_ptr<const Engine> engine) { engine_.store(std::move(engine), std::memory_order_release); }

 private:
  std::atomic<std::shared_ptr<const Engine>> engine_;
};

}  // namespace busflow::graphql
