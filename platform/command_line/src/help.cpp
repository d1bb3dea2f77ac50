#include <algorithm>

#include <fmt/format.h>

#include <platform/command_line/pages.hpp>

#include "usage.hpp"

namespace busflow::command_line {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

std::string columns(const Rows& rows) {
  std::size_t width = 0;
  for (const auto& [left, right] : rows) width = std::max(width, left.size());
  std::string text;
  for (const auto& [left, right] : rows) text += fmt::format("  {:<{}}  {}\n", left, width, right);
  return text;
}

Rows exit_code_rows(std::span<const ExitCode> codes) {
  Rows rows;
  for (const auto& [code, name, meaning] : codes) rows.emplace_back(fmt::format("{:>3} {}", code, name), meaning);
  return rows;
}

Rows verb_rows(const Program& program, std::string_view noun) {
  Rows rows;
  for (const Verb& verb : program.verbs) {
    if (noun.empty() || verb.info->noun == noun) rows.emplace_back(verb_usage(*verb.info), verb.info->summary);
  }
  return rows;
}

}  // namespace

std::string full_name(const Program& program, const VerbInfo& verb) {
  std::string text = fmt::format("{} {}", program.name, verb.noun);
  if (!verb.verb.empty()) text += fmt::format(" {}", verb.verb);
  return text;
}

std::string help_page(const Program& program) {
  return fmt::format("{}\n\nusage: {} NOUN VERB [options]     {} NOUN VERB --help says more\n\n{}\n{}\n",
                     program.summary, program.name, program.name, columns(verb_rows(program, {})), program.notes);
}

std::string help_page(const Program& program, std::string_view noun) {
  return fmt::format("usage: {} {} VERB [options]     {} {} VERB --help says more\n\n{}", program.name, noun,
                     program.name, noun, columns(verb_rows(program, noun)));
}

std::string help_page(const Program& program, const VerbInfo& verb) {
  std::string text = fmt::format("{}: {}\n\nusage: {} {} [options]\n\n{}\n", full_name(program, verb), verb.summary,
                                 program.name, verb_usage(verb), verb.description);
  Rows rows;
  for (const ArgumentInfo& argument : verb.arguments) rows.emplace_back(argument.name, argument.help);
  for (const OptionInfo& option : all_options(verb)) rows.emplace_back(option_usage(option), option_help(option));
  text += "\noptions\n" + columns(rows) + "\nexamples\n";
  for (const auto& [command, what] : verb.examples) text += fmt::format("  {}\n      {}\n", command, what);
  text += "\nexit codes\n" + columns(exit_code_rows(kCommonExitCodes)) + columns(exit_code_rows(verb.exit_codes));
  text += fmt::format("  others: the error's own, see '{} reference' or docs/reference/errors.md\n", program.name);
  return text;
}

}  // namespace busflow::command_line
