#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include <platform/base/result.hpp>
#include <platform/json/json.hpp>

namespace busflow::jobs {

/// How one attempt at a job ended.
struct Outcome {
  enum class Kind : std::uint8_t {
    kCompleted,
    kFailed,            ///< Another attempt follows, if one is left.
    kUnrecoverable,     ///< No other attempt would help.
    kPostponed,         ///< Again after `delay`; does not count as an attempt.
    kGivenBack,         ///< Again at once, by whoever is free; does not count.
    kWaitsForChildren,  ///< Again when all children are done. Goes on at once (as kGivenBack) when they are.
    kRateLimited,       ///< As kGivenBack, and the whole queue rests for `delay`.
  };

  Kind kind = Kind::kCompleted;
  json::Value value{};                 ///< Of kCompleted.
  Error error{};                       ///< Of kFailed and kUnrecoverable.
  std::chrono::milliseconds delay{0};  ///< Of kPostponed and kRateLimited.

  static Outcome completed(json::Value value) { return {.value = std::move(value)}; }
  static Outcome failed(Error error) { return {.kind = Kind::kFailed, .error = std::move(error)}; }
  static Outcome unrecoverable(Error error) { return {.kind = Kind::kUnrecoverable, .error = std::move(error)}; }
  static Outcome postponed(std::chrono::milliseconds delay) { return {.kind = Kind::kPostponed, .delay = delay}; }
  static Outcome given_back() { return {.kind = Kind::kGivenBack}; }
  static Outcome waits_for_children() { return {.kind = Kind::kWaitsForChildren}; }
  static Outcome rate_limited(std::chrono::milliseconds delay) { return {.kind = Kind::kRateLimited, .delay = delay}; }
  /// kCompleted or kFailed.
  static Outcome of(Result<json::Value> result) {
    return result ? completed(*std::move(result)) : failed(std::move(result).error());
  }
};

}  // namespace busflow::jobs
