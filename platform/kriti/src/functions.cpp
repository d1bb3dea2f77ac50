#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "node.hpp"

namespace busflow::kriti {
namespace {

using Result = std::expected<json::Value, std::string>;

std::unexpected<std::string> wrong(std::string_view expected) {
  return std::unexpected(fmt::format("Expected {}.", expected));
}

template <class Change>
Function of_text(Change change) {
  return [change](const json::Value& value) -> Result {
    if (!value.is_string()) return wrong("a string");
    return json::Value(change(std::string(value.get_string())));
  };
}

char upper(char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); }
char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

std::string escape_uri(const std::string& text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '~';
    result += is_plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return result;
}

std::string title(std::string text) {
  bool begins_word = true;
  for (char& c : text) {
    c = begins_word ? upper(c) : lower(c);
    begins_word = std::isalnum(static_cast<unsigned char>(c)) == 0;
  }
  return text;
}

Result length(const json::Value& value) {
  if (value.is_string()) return json::Value(value.get_string().size());
  if (value.is_array()) return json::Value(value.get_array().size());
  if (value.is_object()) return json::Value(value.get_object().size());
  return wrong("a string, an array or an object");
}

Result empty(const json::Value& value) {
  if (value.is_null()) return json::Value(true);
  const auto size = length(value);
  if (!size) return std::unexpected(size.error());
  return json::Value(size->to_number<std::size_t>() == 0);
}

Result head(const json::Value& value) {
  if (!value.is_array() || value.get_array().empty()) return wrong("an array that is not empty");
  return value.get_array().front();
}

Result tail(const json::Value& value) {
  if (!value.is_array() || value.get_array().empty()) return wrong("an array that is not empty");
  return json::Array(value.get_array().begin() + 1, value.get_array().end());
}

Result inverse(const json::Value& value) {
  if (value.is_bool()) return json::Value(!value.get_bool());
  if (value.is_string()) {
    std::string text(value.get_string());
    std::ranges::reverse(text);
    return json::Value(text);
  }
  if (!value.is_array()) return wrong("an array, a string or a boolean");
  json::Array reversed = value.get_array();
  std::ranges::reverse(reversed);
  return reversed;
}

Result concat(const json::Value& value) {
  if (!value.is_array()) return wrong("an array of strings, of arrays or of objects");
  const json::Array& parts = value.get_array();
  const auto all = [&](auto is) { return std::ranges::all_of(parts, is); };
  if (all([](const json::Value& part) { return part.is_string(); })) {
    std::string text;
    for (const auto& part : parts) text += std::string_view(part.get_string());
    return json::Value(text);
  }
  if (all([](const json::Value& part) { return part.is_array(); })) {
    json::Array joined;
    for (const auto& part : parts) joined.insert(joined.end(), part.get_array().begin(), part.get_array().end());
    return joined;
  }
  if (!all([](const json::Value& part) { return part.is_object(); }))
    return wrong("an array of strings, of arrays or of objects");
  json::Object joined;
  for (const auto& part : parts) {
    for (const auto& [name, field] : part.get_object()) joined[name] = field;
  }
  return joined;
}

Result from_pairs(const json::Value& value) {
  json::Object object;
  if (!value.is_array()) return wrong("an array of pairs");
  for (const auto& pair : value.get_array()) {
    const bool is_pair = pair.is_array() && pair.get_array().size() == 2 && pair.get_array()[0].is_string();
    if (!is_pair) return wrong("an array of pairs");
    object[pair.get_array()[0].get_string()] = pair.get_array()[1];
  }
  return object;
}

Result to_pairs(const json::Value& value) {
  if (!value.is_object()) return wrong("an object");
  json::Array pairs;
  for (const auto& [name, field] : value.get_object()) pairs.push_back(json::Array{json::Value(name), field});
  return pairs;
}

Result remove_nulls(const json::Value& value) {
  if (!value.is_array()) return wrong("an array");
  json::Array kept;
  for (const auto& item : value.get_array()) {
    if (!item.is_null()) kept.push_back(item);
  }
  return kept;
}

Result negate(const json::Value& value) {
  if (!value.is_bool()) return wrong("a boolean");
  return json::Value(!value.get_bool());
}

Functions make() {
  Functions functions;
  functions["not"] = negate;
  functions["head"] = head;
  functions["tail"] = tail;
  functions["inverse"] = inverse;
  functions["length"] = functions["size"] = length;
  functions["empty"] = empty;
  functions["concat"] = concat;
  functions["fromPairs"] = from_pairs;
  functions["toPairs"] = to_pairs;
  functions["removeNulls"] = remove_nulls;
  functions["toTitle"] = of_text(title);
  functions["escapeUri"] = of_text(escape_uri);
  functions["toUpper"] = of_text([](std::string text) {
    std::ranges::transform(text, text.begin(), upper);
    return text;
  });
  functions["toLower"] = of_text([](std::string text) {
    std::ranges::transform(text, text.begin(), lower);
    return text;
  });
  return functions;
}

}  // namespace

const Functions& standard_functions() {
  static const Functions functions = make();
  return functions;
}

}  // namespace busflow::kriti
