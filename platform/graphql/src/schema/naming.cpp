#include "schema/naming.hpp"

#include <algorithm>

#include <platform/base/text.hpp>

namespace busflow::graphql::schema {
namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
char lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::string capitalised(std::string text) {
  if (!text.empty()) text.front() = upper(text.front());
  return text;
}

/// "order_by" → "orderBy"; underscores in front stay.
std::string camel(std::string_view snake) {
  const std::size_t start = std::min(snake.find_first_not_of('_'), snake.size());
  std::string result(snake.substr(0, start));
  bool begins_word = false;
  for (const char c : snake.substr(start)) {
    if (c == '_') {
      begins_word = true;
      continue;
    }
    result += begins_word ? upper(c) : result.size() == start ? lower(c) : c;
    begins_word = false;
  }
  return result;
}

/// "_bool_exp" → "BoolExp".
std::string further_words(std::string_view snake) {
  return capitalised(camel(snake.substr(std::min(snake.find_first_not_of('_'), snake.size()))));
}

std::string pascal(std::string_view snake) {
  std::string result = camel(snake);
  const std::size_t start = result.find_first_not_of('_');
  if (start != std::string::npos) result[start] = upper(result[start]);
  return result;
}

/// "orderBy" → "order_by".
std::string snake(std::string_view camel_case) {
  std::string result;
  for (const char c : camel_case) {
    if (is_upper(c)) result += '_';
    result += lower(c);
  }
  return result;
}

}  // namespace

Naming::Naming(const metadata::Customization& customization, std::string_view by_default)
    : customization_(customization) {
  const std::string_view own = customization.naming_convention;
  is_camel_ = !by_default.empty() && (own.empty() ? by_default : own) == "graphql-default";
}

std::string Naming::type(const Base& base, std::string_view after) const {
  const auto& [root_namespace, root_prefix, root_suffix, prefix, suffix, convention] = customization_;
  if (!is_camel_) return prefix + base.text + std::string(after) + suffix;
  const bool is_first = prefix.empty();
  const std::string own = !base.is_chosen ? pascal(base.text) : is_first ? base.text : capitalised(base.text);
  return capitalised(prefix) + own + further_words(after) + capitalised(suffix);
}

std::string Naming::shared_type(std::string_view name) const { return is_camel_ ? pascal(name) : std::string(name); }

std::string Naming::root_field(std::string_view before, const Base& base, std::string_view after) const {
  const std::string& prefix = customization_.root_prefix;
  const std::string& suffix = customization_.root_suffix;
  if (!is_camel_) return prefix + std::string(before) + base.text + std::string(after) + suffix;
  std::string own = base.is_chosen ? base.text : before.empty() ? camel(base.text) : pascal(base.text);
  if (!before.empty()) own = camel(before) + capitalised(std::move(own));
  own += further_words(after);
  return (prefix.empty() ? own : prefix + capitalised(std::move(own))) + capitalised(suffix);
}

std::string Naming::field(std::string_view name) const { return is_camel_ ? camel(name) : std::string(name); }

std::string Naming::enum_value(std::string_view name) const {
  std::string value(name);
  if (is_camel_) std::ranges::transform(value, value.begin(), upper);
  return value;
}

std::string Naming::field_of(std::string_view given) const {
  std::string name = is_camel_ ? snake(given) : std::string(given);
  return field(name) == given ? name : std::string();
}

std::string Naming::enum_value_of(std::string_view given) const {
  std::string value = is_camel_ ? lower_case(given) : std::string(given);
  return enum_value(value) == given ? value : std::string();
}

}  // namespace busflow::graphql::schema
