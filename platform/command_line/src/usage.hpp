#pragma once

#include <string>
#include <vector>

#include <platform/command_line/verb.hpp>

namespace busflow::command_line {

/// What every verb has beside its own options.
inline constexpr OptionInfo kDryRunOption{
    .name = "dry-run", .kind = OptionKind::kFlag, .help = "print the steps it would take, and take none"};
inline constexpr OptionInfo kCommonOptions[] = {
    {.name = "json", .kind = OptionKind::kFlag, .help = "print one JSON document instead of text"},
    {.name = "quiet", .kind = OptionKind::kFlag, .help = "print no steps and no progress"},
    {.name = "config", .value_name = "FILE", .help = "YAML file with settings (or BUSFLOW_CONFIG)"},
    {.name = "help", .kind = OptionKind::kFlag, .help = "print this"},
};

inline constexpr ExitCode kCommonExitCodes[] = {
    {0, "success", "It is done."},
    {70, "fault", "A bug in the program: please report it with its output."},
};

/// A verb's own options, then --dry-run where it changes something, then the common ones.
inline std::vector<OptionInfo> all_options(const VerbInfo& verb) {
  std::vector<OptionInfo> options(verb.options.begin(), verb.options.end());
  if (verb.changes) options.push_back(kDryRunOption);
  options.insert(options.end(), std::begin(kCommonOptions), std::end(kCommonOptions));
  return options;
}

/// "--max-size SIZE".
inline std::string option_usage(const OptionInfo& option) {
  std::string text = "--" + std::string(option.name);
  if (option.kind != OptionKind::kFlag) text += " " + std::string(option.value_name);
  return text;
}

/// The help with its choices and default.
inline std::string option_help(const OptionInfo& option) {
  std::string text(option.help);
  if (!option.choices.empty()) text += " (" + std::string(option.choices) + ")";
  if (!option.default_value.empty()) text += " [" + std::string(option.default_value) + "]";
  return text;
}

/// "busflowctl backup restore [NAME] [options]", without the program's name.
inline std::string verb_usage(const VerbInfo& verb) {
  std::string text(verb.noun);
  if (!verb.verb.empty()) text += " " + std::string(verb.verb);
  for (const ArgumentInfo& argument : verb.arguments)
    text += argument.required ? " " + std::string(argument.name) : " [" + std::string(argument.name) + "]";
  return text;
}

/// "a|b" -> "a", "b".
inline std::vector<std::string_view> split_choices(std::string_view choices) {
  std::vector<std::string_view> found;
  while (!choices.empty()) {
    const auto end = choices.find('|');
    found.push_back(choices.substr(0, end));
    choices.remove_prefix(end == std::string_view::npos ? choices.size() : end + 1);
  }
  return found;
}

/// The nouns, each once, in the table's order.
inline std::vector<std::string_view> nouns(const Program& program) {
  std::vector<std::string_view> found;
  for (const Verb& verb : program.verbs) {
    if (found.empty() || found.back() != verb.info->noun) found.push_back(verb.info->noun);
  }
  return found;
}

}  // namespace busflow::command_line
