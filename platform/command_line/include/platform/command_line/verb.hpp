#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include <platform/base/result.hpp>

namespace busflow::command_line {

class Invocation;

enum class OptionKind : std::uint8_t {
  kFlag,
  kText,
  kInteger,   ///< At least 0.
  kDuration,  ///< "500ms", "30s", "10m", "26h", "8d".
};

/// One option of a verb, as its help, its manual page, its completion and the parser read it.
struct OptionInfo {
  std::string_view name;  ///< "max-size": --max-size.
  OptionKind kind = OptionKind::kText;
  std::string_view value_name = "";  ///< "SIZE".
  std::string_view default_value = "";
  std::string_view help;
  std::string_view choices = "";  ///< "daily|weekly": anything else is refused. Empty: any text.
};

/// A positional argument.
struct ArgumentInfo {
  std::string_view name;  ///< "NAME".
  std::string_view help;
  bool required = false;
  std::string_view choices = "";
};

struct Example {
  std::string_view command;
  std::string_view what;
};

struct ExitCode {
  int code;
  std::string_view name;
  std::string_view meaning;
};

/// All there is to know about a verb. Tables of these are constant data; everything shown to people is made from them.
struct VerbInfo {
  std::string_view noun;  ///< "backup".
  std::string_view verb;  ///< "verify"; empty for a noun that is a verb itself, such as "completion".
  std::string_view summary;
  std::string_view description;  ///< Paragraphs, separated by blank lines.
  std::span<const ArgumentInfo> arguments;
  std::span<const OptionInfo> options;
  std::span<const Example> examples;
  std::span<const ExitCode> exit_codes;  ///< Beside those that every verb has.
  bool changes = false;                  ///< Leaves a line in the audit log, and has --dry-run.
};

/// Returns the exit code, or the error whose exit code it is.
using VerbFunction = std::function<Result<int>(Invocation&)>;

struct Verb {
  const VerbInfo* info;
  VerbFunction run;
};

struct Program {
  std::string_view name;
  std::string_view version;
  std::string_view summary;
  std::string_view notes;  ///< About settings and the like, at the end of its help.
  std::span<const ExitCode> exit_codes;
  std::vector<Verb> verbs;
};

}  // namespace busflow::command_line
