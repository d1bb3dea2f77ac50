#include <platform/process/command.hpp>

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace busflow::process {
namespace {

bool is_plain(char letter) {
  constexpr std::string_view kPlain = "%+,-./:=@_";
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
         kPlain.contains(letter);
}

std::string quoted(const std::string& word) {
  if (!word.empty() && std::ranges::all_of(word, is_plain)) return word;
  std::string text = "'";
  for (const char letter : word) {
    if (letter == '\'')
      text += "'\\''";
    else
      text += letter;
  }
  return text + "'";
}

}  // namespace

std::string Command::describe() const {
  std::string text = quoted(program);
  for (const std::string& argument : arguments) text += " " + quoted(argument);
  return text;
}

std::string Exit::describe() const {
  return signal != 0 ? fmt::format("killed by signal {}", signal) : fmt::format("exit code {}", code);
}

}  // namespace busflow::process
