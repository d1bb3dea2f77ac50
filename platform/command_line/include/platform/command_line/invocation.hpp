#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <platform/base/context.hpp>
#include <platform/command_line/console.hpp>
#include <platform/command_line/verb.hpp>

namespace busflow::command_line {

/// One call of a verb: what was asked for, already checked against the verb's table.
class Invocation {
 public:
  Invocation(const VerbInfo& info, Context context, Console& console,
             std::map<std::string, std::string, std::less<>> values, std::string settings_file, bool dry_run)
      : info_(info),
        context_(std::move(context)),
        console_(console),
        values_(std::move(values)),
        settings_file_(std::move(settings_file)),
        dry_run_(dry_run) {}

  const VerbInfo& info() const { return info_; }
  /// Cancelled by SIGINT and SIGTERM.
  Context& context() { return context_; }
  Console& console() { return console_; }
  const std::string& settings_file() const { return settings_file_; }
  bool dry_run() const { return dry_run_; }

  /// Asking for a name that the verb's table lacks is a fault (std::logic_error).
  const std::string& text(std::string_view name) const;
  bool flag(std::string_view name) const { return text(name) == "true"; }
  std::int64_t integer(std::string_view name) const;
  std::chrono::milliseconds duration(std::string_view name) const;
  /// Empty when it was left out.
  const std::string& argument(std::string_view name) const { return text(name); }

 private:
  const VerbInfo& info_;
  Context context_;
  Console& console_;
  std::map<std::string, std::string, std::less<>> values_;
  std::string settings_file_;
  bool dry_run_;
};

}  // namespace busflow::command_line
