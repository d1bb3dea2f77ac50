#pragma once

#include <atomic>
#include <chrono>
#include <string>

namespace busflow {

using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

/// Where code gets the time from, so that tests never sleep. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime now() const = 0;
  virtual SteadyTime steady_now() const = 0;
};

class SystemClock final : public Clock {
 public:
  WallTime now() const override;
  SteadyTime steady_now() const override;
};

/// Stands still until told to advance, by one thread at a time.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallTime start) : now_(start) {}
  WallTime now() const override { return now_; }
  SteadyTime steady_now() const override { return steady_; }
  void advance(std::chrono::milliseconds by) {
    now_ = now_.load() + by;
    steady_ = steady_.load() + by;
  }

 private:
  std::atomic<WallTime> now_;
  std::atomic<SteadyTime> steady_{SteadyTime()};
};

/// RFC 3339 in UTC with milliseconds: "2026-05-01T06:30:00.000Z".
std::string to_rfc3339(WallTime time);

}  // namespace busflow
