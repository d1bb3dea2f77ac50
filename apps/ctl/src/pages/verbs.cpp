#include "verbs.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>

#include <fmt/format.h>

#include <platform/command_line/invocation.hpp>
#include <platform/command_line/pages.hpp>

namespace busflow::ctl {
namespace {

using command_line::Invocation;
using command_line::Program;
using command_line::VerbInfo;

constexpr command_line::ArgumentInfo kShell[] = {
    {.name = "SHELL", .help = "whose", .required = true, .choices = "bash|zsh|fish"}};
constexpr command_line::ArgumentInfo kFolder[] = {
    {.name = "FOLDER", .help = "where they are written", .required = true}};
constexpr command_line::Example kCompletionExamples[] = {{"source <(busflowctl completion bash)", "for this shell"}};
constexpr command_line::Example kManualExamples[] = {
    {"busflowctl manual ~/.local/share/man/man1", "then: man busflowctl-backup-verify"}};
constexpr command_line::Example kReferenceExamples[] = {{"busflowctl reference", "docs/reference/busflowctl.md"}};

constexpr VerbInfo kCompletion{.noun = "completion",
                               .verb = "",
                               .summary = "print completion for a shell",
                               .description = "Prints a script that completes nouns, verbs and options.",
                               .arguments = kShell,
                               .options = {},
                               .examples = kCompletionExamples,
                               .exit_codes = {}};
constexpr VerbInfo kManual{.noun = "manual",
                           .verb = "",
                           .summary = "write the manual pages",
                           .description = "Writes one page for each verb, and one for all.",
                           .arguments = kFolder,
                           .options = {},
                           .examples = kManualExamples,
                           .exit_codes = {}};
constexpr VerbInfo kReference{.noun = "reference",
                              .verb = "",
                              .summary = "print all verbs as Markdown",
                              .description = "Prints what docs/reference/busflowctl.md holds.",
                              .arguments = {},
                              .options = {},
                              .examples = kReferenceExamples,
                              .exit_codes = {}};

Result<void> write(const std::filesystem::path& file, const std::string& page) {
  std::ofstream output(file);
  output << page;
  output.close();
  if (!output) return fail(ErrorName::kBadRequest, fmt::format("{} cannot be written", file.string()));
  return {};
}

Result<int> write_manual(const Program& program, Invocation& call) {
  const std::filesystem::path folder = call.argument("FOLDER");
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  BUSFLOW_CHECK(write(folder / fmt::format("{}.1", program.name), command_line::manual_page(program)));
  for (const auto& verb : program.verbs)
    BUSFLOW_CHECK(write(folder / command_line::manual_page_name(program, *verb.info),
                        command_line::manual_page(program, *verb.info)));
  call.console().say(fmt::format("{} pages in {}", program.verbs.size() + 1, folder.string()));
  return 0;
}

}  // namespace

std::vector<command_line::Verb> page_verbs(const Program& program) {
  return {{&kCompletion,
           [&program](Invocation& call) -> Result<int> {
             BUSFLOW_TRY(const auto script, command_line::completion_script(program, call.argument("SHELL")));
             std::cout << script;
             return 0;
           }},
          {&kManual, [&program](Invocation& call) { return write_manual(program, call); }},
          {&kReference, [&program](Invocation&) -> Result<int> {
             std::cout << command_line::reference_page(program);
             return 0;
           }}};
}

}  // namespace busflow::ctl
