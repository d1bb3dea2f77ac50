#include <fmt/format.h>

#include <platform/command_line/pages.hpp>

#include "usage.hpp"

namespace busflow::command_line {
namespace {

std::string option_words(const VerbInfo& verb) {
  std::string words;
  for (const OptionInfo& option : all_options(verb)) words += fmt::format("--{} ", option.name);
  for (const ArgumentInfo& argument : verb.arguments) {
    for (const auto choice : split_choices(argument.choices)) words += fmt::format("{} ", choice);
  }
  words.pop_back();
  return words;
}

std::string verb_words(const Program& program, std::string_view noun) {
  std::string words;
  for (const Verb& verb : program.verbs) {
    if (verb.info->noun == noun && !verb.info->verb.empty()) words += fmt::format("{} ", verb.info->verb);
  }
  if (!words.empty()) words.pop_back();
  return words;
}

/// zsh runs the same function through bashcompinit.
std::string bash(const Program& program) {
  std::string noun_words;
  std::string cases;
  for (const auto noun : nouns(program)) {
    noun_words += fmt::format("{} ", noun);
    if (const auto words = verb_words(program, noun); !words.empty())
      cases += fmt::format("    '{} ') words='{}' ;;\n", noun, words);
  }
  for (const Verb& verb : program.verbs) {
    cases += fmt::format("    '{} {}') words='{}' ;;\n", verb.info->noun, verb.info->verb, option_words(*verb.info));
    for (const OptionInfo& option : verb.info->options) {
      if (option.choices.empty()) continue;
      std::string choices;
      for (const auto choice : split_choices(option.choices)) choices += fmt::format("{} ", choice);
      cases += fmt::format("    '{} {} --{}') words='{}' ;;\n", verb.info->noun, verb.info->verb, option.name, choices);
    }
  }
  return fmt::format(R"(_{0}() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} words='' path=''
  if ((COMP_CWORD == 1)); then
    words='{1}'
  else
    path="${{COMP_WORDS[1]}} "
    ((COMP_CWORD > 2)) && path+=${{COMP_WORDS[2]}}
    [[ $COMP_CWORD -gt 2 && $path != *--* && $previous == --* ]] && path+=" $previous"
    case $path in
{2}    esac
    if [[ -z $words ]]; then
      case "${{COMP_WORDS[1]}} ${{COMP_WORDS[2]}}" in
{2}      esac
    fi
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F _{0} {0}
)",
                     program.name, noun_words, cases);
}

std::string fish(const Program& program) {
  std::string script;
  for (const auto noun : nouns(program)) {
    script += fmt::format("complete -c {} -f -n __fish_use_subcommand -a {}\n", program.name, noun);
  }
  for (const Verb& verb : program.verbs) {
    const VerbInfo& info = *verb.info;
    if (!info.verb.empty())
      script += fmt::format("complete -c {} -f -n '__fish_seen_subcommand_from {}' -a {} -d '{}'\n", program.name,
                            info.noun, info.verb, info.summary);
    for (const OptionInfo& option : all_options(info)) {
      script += fmt::format("complete -c {} -n '__fish_seen_subcommand_from {}{}' -l {}{}\n", program.name, info.noun,
                            info.verb.empty() ? "" : fmt::format("; and __fish_seen_subcommand_from {}", info.verb),
                            option.name, option.kind == OptionKind::kFlag ? "" : " -r");
    }
  }
  return script;
}

}  // namespace

Result<std::string> completion_script(const Program& program, std::string_view shell) {
  if (shell == "bash") return bash(program);
  if (shell == "zsh") return "autoload -U +X bashcompinit && bashcompinit\n" + bash(program);
  if (shell == "fish") return fish(program);
  return fail(ErrorName::kBadRequest, fmt::format("there is no completion for '{}': bash, zsh or fish", shell));
}

}  // namespace busflow::command_line
