#pragma once

#include <filesystem>
#include <functional>

#include <platform/command_line/verb.hpp>

namespace busflow::command_line {

struct ProgramOptions {
  /// Where the audit log is; asked for when a changing verb begins, with the --config file. An error stops the verb.
  std::function<Result<std::filesystem::path>(const std::string& settings_file)> audit_file;
};

/// Parses the command line, runs the verb, reports its result or error, and returns the exit code. SIGINT and SIGTERM
/// cancel the verb's context; SIGPIPE is ignored.
int run(const Program& program, const ProgramOptions& options, int argument_count, const char* const* arguments);

}  // namespace busflow::command_line
