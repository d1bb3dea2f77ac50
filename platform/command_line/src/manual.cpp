#include <fmt/format.h>

#include <platform/command_line/pages.hpp>

#include "usage.hpp"

namespace busflow::command_line {
namespace {

/// man(7): a backslash begins an escape, a hyphen that is typed is \-, and a dot at a line's start begins a request.
std::string roff(std::string_view text) {
  std::string escaped;
  bool line_start = true;
  for (const char letter : text) {
    if (line_start && (letter == '.' || letter == '\'')) escaped += "\\&";
    if (letter == '\\')
      escaped += "\\e";
    else if (letter == '-')
      escaped += "\\-";
    else
      escaped += letter;
    line_start = letter == '\n';
  }
  return escaped;
}

std::string paragraphs(std::string_view text) {
  std::string page;
  while (!text.empty()) {
    const auto end = text.find("\n\n");
    page += roff(text.substr(0, end)) + "\n";
    if (end == std::string_view::npos) break;
    page += ".PP\n";
    text.remove_prefix(end + 2);
  }
  return page;
}

std::string heading(const Program& program, std::string_view title, std::string_view name, std::string_view summary) {
  return fmt::format(".TH \"{}\" 1 \"\" \"{} {}\" \"Operating Busflow\"\n.SH NAME\n{} \\- {}\n", roff(title),
                     program.name, program.version, roff(name), roff(summary));
}

std::string entry(std::string_view term, std::string_view text) {
  return fmt::format(".TP\n.B {}\n{}\n", roff(term), roff(text));
}

std::string hyphenated(const Program& program, const VerbInfo& verb) {
  return fmt::format("{}-{}{}{}", program.name, verb.noun, verb.verb.empty() ? "" : "-", verb.verb);
}

}  // namespace

std::string manual_page_name(const Program& program, const VerbInfo& verb) { return hyphenated(program, verb) + ".1"; }

std::string manual_page(const Program& program) {
  std::string page = heading(program, program.name, program.name, program.summary);
  page += fmt::format(".SH SYNOPSIS\n.B {}\n.I noun verb\n[options]\n.SH VERBS\n", program.name);
  for (const Verb& verb : program.verbs) page += entry(verb_usage(*verb.info), verb.info->summary);
  page += ".SH NOTES\n.nf\n" + roff(program.notes) + "\n.fi\n.SH \"EXIT STATUS\"\n";
  for (const auto& [code, name, meaning] : program.exit_codes) page += entry(fmt::format("{} {}", code, name), meaning);
  return page;
}

std::string manual_page(const Program& program, const VerbInfo& verb) {
  const std::string name = hyphenated(program, verb);
  std::string page = heading(program, name, name, verb.summary);
  page += fmt::format(".SH SYNOPSIS\n.B {} {}\n[options]\n.SH DESCRIPTION\n{}.SH OPTIONS\n", program.name,
                      roff(verb_usage(verb)), paragraphs(verb.description));
  for (const ArgumentInfo& argument : verb.arguments) page += entry(argument.name, argument.help);
  for (const OptionInfo& option : all_options(verb)) page += entry(option_usage(option), option_help(option));
  page += ".SH EXAMPLES\n";
  for (const auto& [command, what] : verb.examples)
    page += fmt::format(".PP\n{}\n.PP\n.RS\n.B {}\n.RE\n", roff(what), roff(command));
  page += ".SH \"EXIT STATUS\"\n";
  for (const auto& [code, id, meaning] : kCommonExitCodes) page += entry(fmt::format("{} {}", code, id), meaning);
  for (const auto& [code, id, meaning] : verb.exit_codes) page += entry(fmt::format("{} {}", code, id), meaning);
  page += fmt::format(".SH \"SEE ALSO\"\n.BR {} (1)\n", program.name);
  return page;
}

}  // namespace busflow::command_line
