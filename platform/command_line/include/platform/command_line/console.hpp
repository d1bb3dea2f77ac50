#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/json/json.hpp>

namespace busflow::command_line {

struct ConsoleOptions {
  bool json = false;      ///< Standard output carries one JSON document and nothing else.
  bool quiet = false;     ///< No steps and no progress.
  bool terminal = false;  ///< Progress is redrawn in place; otherwise it is a line now and then.
};

/// How a verb speaks to whoever called it: results to standard output, everything else to standard error.
/// Use by one thread at a time.
class Console {
 public:
  Console(std::ostream& output, std::ostream& notes, const Clock& clock, ConsoleOptions options)
      : output_(output), notes_(notes), clock_(clock), options_(options) {}

  const ConsoleOptions& options() const { return options_; }

  /// A part of the result for people; not shown with --json.
  void say(std::string_view text);
  /// Rows with their columns aligned, under headings.
  void table(const std::vector<std::string>& headings, const std::vector<std::vector<std::string>>& rows);
  /// The result for programs: shown with --json only.
  void result(json::Object value) { result_ = std::move(value); }
  const json::Object& result() const { return result_; }

  void note(std::string_view text);
  void warn(std::string_view text);

  void begin_step(std::size_t number, std::size_t count, std::string_view text);
  /// How far the current step is; call as often as wanted. `total` 0: not known.
  void progress(std::uint64_t done_bytes, std::uint64_t total_bytes);
  void progress(std::string_view text);
  void end_step(bool success);

 private:
  void clear_line();

  std::ostream& output_;
  std::ostream& notes_;
  const Clock& clock_;
  ConsoleOptions options_;
  json::Object result_;
  std::string step_;
  SteadyTime step_begun_;
  SteadyTime last_progress_;
  bool line_open_ = false;
};

}  // namespace busflow::command_line
