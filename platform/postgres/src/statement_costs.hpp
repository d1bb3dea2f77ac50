#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <unordered_map>

namespace busflow::postgres {

/// How long statements take, learned from those that were carried out. For one thread.
class StatementCosts {
 public:
  using Duration = std::chrono::steady_clock::duration;

  /// Below this, statements share connections and executions.
  static constexpr std::chrono::milliseconds kQuick{1};

  /// Nothing for a statement that was not carried out yet.
  std::optional<Duration> expected(std::uint64_t statement) const {
    const auto known = costs_.find(statement);
    return known == costs_.end() ? std::nullopt : std::optional(known->second);
  }

  /// A short time is believed sooner than a long one, in which something else may have been in the way.
  void note(std::uint64_t statement, Duration time) {
    constexpr std::size_t kMost = 16384;
    if (costs_.size() >= kMost) costs_.clear();
    const auto [cost, is_first] = costs_.try_emplace(statement, time);
    if (!is_first) cost->second += (time - cost->second) / (time < cost->second ? 2 : 16);
  }

 private:
  std::unordered_map<std::uint64_t, Duration> costs_;
};

}  // namespace busflow::postgres
