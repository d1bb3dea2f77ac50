#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include <platform/base/context.hpp>
#include <platform/process/child.hpp>

namespace busflow::process {

/// Reads what a child writes to one of its streams, on a thread of its own, so that the child never waits for us.
/// Keeps the last `keep_bytes`; hands each whole line to `on_line` (on that thread) as it comes.
class Collector {
 public:
  using OnLine = std::function<void(std::string_view line)>;

  static Result<std::unique_ptr<Collector>> make(std::size_t keep_bytes, OnLine on_line = {});

  /// For Streams. Give it to one child, then call start().
  const Descriptor& stream() const { return pipe_.write_end; }
  /// After the child was started: from now on only the child holds the stream.
  void start();
  /// Everything kept, after the child has closed the stream. A last line without an end is handed over as well.
  const std::string& finish();
  /// What is kept so far, while the child still writes.
  std::string kept() const;

 private:
  Collector(Pipe pipe, std::size_t keep_bytes, OnLine on_line)
      : pipe_(std::move(pipe)), keep_bytes_(keep_bytes), on_line_(std::move(on_line)) {}
  void read();
  void take(std::string_view bytes);

  Pipe pipe_;
  std::size_t keep_bytes_;
  OnLine on_line_;
  std::string line_;
  mutable std::mutex mutex_;  ///< Of kept_.
  std::string kept_;
  std::jthread thread_;
};

struct Captured {
  Exit exit;
  std::string output;
  std::string errors;  ///< The end of it.
};

inline constexpr std::size_t kMostOutput = 64 << 20;

/// Runs the command to its end with `input` on its standard input. Its exit is the caller's to judge. Errors: as
/// Child::start and Child::wait.
Result<Captured> capture(const Context& context, const Command& command, std::string_view input = {});

/// The same, where anything but exit code 0 is an error: kUpstreamInvalid with the program's last line.
Result<std::string> succeed(const Context& context, const Command& command, std::string_view input = {});

/// Writes all of it. False when the reader has gone (EPIPE); the caller must ignore SIGPIPE.
Result<bool> write_all(const Descriptor& descriptor, std::string_view bytes);

/// The last line that is not blank.
std::string last_line(std::string_view text);

}  // namespace busflow::process
