#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <utility>

#include <platform/base/context.hpp>
#include <platform/process/command.hpp>
#include <platform/process/descriptor.hpp>

namespace busflow::process {

/// The standard streams of a child. A stream that is absent is /dev/null.
struct Streams {
  const Descriptor* input = nullptr;
  const Descriptor* output = nullptr;
  const Descriptor* errors = nullptr;
};

/// A running program. When this object goes, or when our own process is killed, the child is killed too. Use by one
/// thread at a time; start from a thread that lives as long as the child, because the kernel ties the child to it
/// (PR_SET_PDEATHSIG).
class Child {
 public:
  /// kNotFound when there is no such program; kInternal with the system's reason when it cannot be started.
  static Result<Child> start(const Command& command, const Streams& streams);
  ~Child();
  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)), exit_(other.exit_) {}
  Child& operator=(Child&&) = delete;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  /// Waits for its end, at most until the context's deadline or cancellation; then the child is killed, and the error
  /// is the context's. A second call returns the same.
  Result<Exit> wait(const Context& context);
  /// How it ended, if it has.
  std::optional<Exit> poll();
  void signal(int number) const;

 private:
  explicit Child(pid_t pid) : pid_(pid) {}

  pid_t pid_;
  std::optional<Exit> exit_;
};

}  // namespace busflow::process
