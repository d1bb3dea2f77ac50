#include <fmt/format.h>

#include <platform/command_line/pages.hpp>

#include "usage.hpp"

namespace busflow::command_line {
namespace {

/// A cell of a Markdown table may hold no bar.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char letter : text) {
    if (letter == '|') escaped += '\\';
    escaped += letter;
  }
  return escaped;
}

std::string exit_codes(std::span<const ExitCode> codes) {
  std::string page = "| Exit code | Name | What happened |\n|---|---|---|\n";
  for (const auto& [code, name, meaning] : codes)
    page += fmt::format("| {} | `{}` | {} |\n", code, name, cell(meaning));
  return page;
}

std::string section(const Program& program, const VerbInfo& verb) {
  std::string page = fmt::format("\n## {}\n\n{}\n\n```\n{} {} [options]\n```\n\n", full_name(program, verb),
                                 verb.description, program.name, verb_usage(verb));
  page += "| Option | What it does |\n|---|---|\n";
  for (const ArgumentInfo& argument : verb.arguments)
    page += fmt::format("| `{}` | {} |\n", argument.name, cell(argument.help));
  for (const OptionInfo& option : all_options(verb))
    page += fmt::format("| `{}` | {} |\n", option_usage(option), cell(option_help(option)));
  page += "\n";
  for (const auto& [command, what] : verb.examples) page += fmt::format("- `{}`: {}\n", command, what);
  return page;
}

}  // namespace

std::string reference_page(const Program& program) {
  std::string page = fmt::format("# {}\n\nWritten by `{} reference`; do not edit. {}\n\n```\n{}\n```\n\n", program.name,
                                 program.name, program.summary, program.notes);
  page += "| Verb | What it does |\n|---|---|\n";
  for (const Verb& verb : program.verbs)
    page += fmt::format("| `{}` | {} |\n", cell(verb_usage(*verb.info)), verb.info->summary);
  for (const Verb& verb : program.verbs) page += section(program, *verb.info);
  page += "\n## Exit codes\n\n" + exit_codes(program.exit_codes);
  page += "\nOther errors have the exit codes of [errors.md](errors.md).\n";
  return page;
}

}  // namespace busflow::command_line
