#include "interpolation.hpp"

#include <cctype>

#include <fmt/format.h>

namespace busflow::swarm {
namespace {

bool is_name_letter(char letter) { return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_'; }

std::size_t name_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && is_name_letter(text[length])) ++length;
  return length;
}

/// What stands between the braces.
std::expected<std::string, std::string> braced(std::string_view expression, const Variables& variables) {
  const auto length = name_length(expression);
  const std::string name(expression.substr(0, length));
  std::string_view rest = expression.substr(length);
  if (name.empty()) return std::unexpected(fmt::format("'${{{}}}' has no name", expression));
  auto value = variables(name);
  if (rest.starts_with(":")) {  // With a colon, an empty value counts as none.
    if (value && value->empty()) value.reset();
    rest.remove_prefix(1);
    if (rest.empty()) return std::unexpected(fmt::format("'${{{}}}' is no variable", expression));
  }
  if (value) return *value;
  if (rest.starts_with("-")) return std::string(rest.substr(1));
  if (rest.starts_with("?"))
    return std::unexpected(fmt::format("the variable {} is not set: {}", name, rest.substr(1)));
  if (!rest.empty()) return std::unexpected(fmt::format("'${{{}}}' is no variable", expression));
  return std::unexpected(fmt::format("the variable {} is not set", name));
}

}  // namespace

std::expected<std::string, std::string> interpolate(std::string_view text, const Variables& variables) {
  std::string result;
  for (;;) {
    const auto dollar = text.find('$');
    result += text.substr(0, dollar);
    if (dollar == std::string_view::npos) return result;
    text.remove_prefix(dollar + 1);
    if (text.starts_with("$")) {
      result += '$';
      text.remove_prefix(1);
    } else if (text.starts_with("{")) {
      const auto end = text.find('}');
      if (end == std::string_view::npos) return std::unexpected("'${' has no end");
      auto value = braced(text.substr(1, end - 1), variables);
      if (!value) return value;
      result += *value;
      text.remove_prefix(end + 1);
    } else {
      const auto length = name_length(text);
      if (length == 0) return std::unexpected("'$' stands alone; write '$$' for a dollar sign");
      auto value = braced(text.substr(0, length), variables);
      if (!value) return value;
      result += *value;
      text.remove_prefix(length);
    }
  }
}

}  // namespace busflow::swarm
