#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

#include <fmt/format.h>

#include <platform/crypto/base64.hpp>
#include <platform/postgres/array_literal.hpp>

#include "compile/enum_value.hpp"
#include "compile/input.hpp"

namespace busflow::graphql::compile {
namespace {

using schema::ScalarKind;
using schema::ValueRule;

std::string_view expected_words(ScalarKind kind) {
  switch (kind) {
    case ScalarKind::kInteger: return "a 32-bit integer";
    case ScalarKind::kNonNegativeInteger: return "a non-negative 32-bit integer";
    case ScalarKind::kBigInteger: return "an integer";
    case ScalarKind::kFloat: return "a float";
    case ScalarKind::kBoolean: return "a boolean";
    default: return "a string";
  }
}

std::unexpected<Error> wrong_kind(const Input& input, const ValueRule& rule) {
  return mismatch(input, expected_words(rule.kind), rule.type_name, rule.path);
}

/// A whole number, also when written 3.0 or 3e2.
std::optional<std::int64_t> whole_number(const std::string& text) {
  std::int64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec == std::errc() && parsed.ptr == end) return value;
  double real = 0;
  const auto parsed_real = std::from_chars(text.data(), end, real);
  constexpr double kExact = 9007199254740992.0;
  if (parsed_real.ec != std::errc() || parsed_real.ptr != end || std::trunc(real) != real || std::abs(real) > kExact)
    return std::nullopt;
  return static_cast<std::int64_t>(real);
}

Result<postgres::Parameter> coerce_integer(const Input& input, const ValueRule& rule) {
  const bool is_number =
      input.kind() == Input::Kind::kInteger || (input.is_json() && input.kind() == Input::Kind::kFloat);
  const bool is_big_text = rule.kind == ScalarKind::kBigInteger && input.kind() == Input::Kind::kString;
  if (!is_number && !is_big_text) return wrong_kind(input, rule);
  const auto value = whole_number(input.text());
  if (rule.kind == ScalarKind::kBigInteger) {
    if (!value || *value < 0) return mismatch(input, "a non-negative integer", rule.type_name, rule.path);
    return fmt::to_string(*value);
  }
  if (rule.kind == ScalarKind::kNonNegativeInteger && value && *value < 0) return wrong_kind(input, rule);
  if (!value || *value < std::numeric_limits<std::int32_t>::min() ||
      *value > std::numeric_limits<std::int32_t>::max()) {
    return fail(ErrorName::kParseFailed,
                fmt::format("The value {} lies outside the bounds or is not an integer. Maybe it is a float, or is "
                            "there integer overflow?",
                            input.text()),
                rule.path);
  }
  return fmt::to_string(*value);
}

/// libpq hands parameters on as C strings: what follows a zero byte would silently be lost.
Result<postgres::Parameter> checked_text(std::string text, const ValueRule& rule) {
  if (text.find('\0') != std::string::npos)
    return fail(ErrorName::kDataException, "a string holds the character U+0000, which PostgreSQL cannot store",
                rule.path);
  return text;
}

bool is_label_path(std::string_view text) {
  bool is_in_label = text.empty();
  for (const char letter : text) {
    const bool is_part = std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_' || letter == '-' ||
                         static_cast<unsigned char>(letter) >= 0x80;
    if (!is_part && (letter != '.' || !is_in_label)) return false;
    is_in_label = is_part;
  }
  return is_in_label;
}

Result<postgres::Parameter> coerce_opaque(const Input& input, const ValueRule& rule) {
  switch (input.kind()) {
    case Input::Kind::kString:
      if (rule.type_name == "ltree" && !is_label_path(input.text())) {
        return fail(ErrorName::kParseFailed,
                    "Expecting label path: a sequence of zero or more labels separated by dots, for example L1.L2.L3",
                    rule.path);
      }
      return checked_text(input.text(), rule);
    case Input::Kind::kInteger:
    case Input::Kind::kFloat:
      if (rule.kind == ScalarKind::kNumber) return input.text();
      return fail(ErrorName::kParseFailed,
                  fmt::format("parsing {} failed, expected String, but encountered Number", rule.type_name), rule.path);
    default:
      return fail(ErrorName::kParseFailed,
                  fmt::format("parsing {} failed, expected {}, but found {}", rule.type_name,
                              rule.kind == ScalarKind::kNumber ? "Number" : "String", input.describe()),
                  rule.path);
  }
}

Result<postgres::Parameter> coerce_enum(const Input& input, const ValueRule& rule) {
  if (!is_enum_value(input)) return mismatch(input, "an enum value", rule.type_name, rule.path);
  const std::string name = input.text();
  std::vector<std::string> names;
  for (const auto& value : *rule.enum_values) {
    if (value.name == name) return value.name;
    names.push_back(value.name);
  }
  return no_such_value(input, names, rule.type_name, rule.path);
}

/// A cursor that was made for the same order.
Result<postgres::Parameter> coerce_cursor(const std::string& text, const ValueRule& rule) {
  const auto decoded = crypto::decode_base64(text);
  const auto parsed = decoded ? json::parse(*decoded) : fail(ErrorName::kParseFailed);
  const auto* object = parsed ? parsed->if_object() : nullptr;
  const auto has_key = [&](const std::string& key) { return object->contains(key); };
  if (object == nullptr || !std::ranges::all_of(*rule.cursor_keys, has_key))
    return fail(ErrorName::kValidationFailed, "the \"after\" or \"before\" cursor is invalid", rule.path);
  return checked_text(json::serialize(*parsed), rule);
}

Result<postgres::Parameter> coerce_scalar(const Input& input, const ValueRule& rule) {
  switch (rule.kind) {
    case ScalarKind::kInteger:
    case ScalarKind::kNonNegativeInteger:
    case ScalarKind::kBigInteger: return coerce_integer(input, rule);
    case ScalarKind::kFloat:
      if (input.kind() != Input::Kind::kInteger && input.kind() != Input::Kind::kFloat) return wrong_kind(input, rule);
      return input.text();
    case ScalarKind::kBoolean:
      if (input.kind() != Input::Kind::kBoolean) return wrong_kind(input, rule);
      return input.boolean() ? "true" : "false";
    case ScalarKind::kText:
      if (input.kind() != Input::Kind::kString) return wrong_kind(input, rule);
      return rule.cursor_keys != nullptr ? coerce_cursor(input.text(), rule) : checked_text(input.text(), rule);
    case ScalarKind::kJson: return json::serialize(input.to_json());
    case ScalarKind::kEnum: return coerce_enum(input, rule);
    case ScalarKind::kNumber:
    case ScalarKind::kOther: return coerce_opaque(input, rule);
  }
  return wrong_kind(input, rule);
}

Result<std::string> coerce_list(const Input& input, const ValueRule& rule) {
  postgres::ArrayLiteral array;
  ValueRule item_rule = rule;
  const std::size_t count = input.item_count();
  for (std::size_t i = 0; i < count; ++i) {
    const Input item = input.item(i);
    item_rule.path = fmt::format("{}[{}]", rule.path, i);
    if (item.is_null())
      return fail(ErrorName::kValidationFailed, fmt::format("unexpected null value for type '{}'", rule.type_name),
                  item_rule.path);
    if (item.kind() == Input::Kind::kList && rule.kind != ScalarKind::kJson) {
      BUSFLOW_TRY(const std::string inner, coerce_list(item, item_rule));
      array.add_array(inner);
      continue;
    }
    BUSFLOW_TRY(const auto text, coerce_scalar(item, item_rule));
    if (text) array.add(*text);
  }
  return std::move(array).finish();
}

}  // namespace

std::unexpected<Error> mismatch(const Input& input, std::string_view expected, std::string_view type,
                                std::string path) {
  return fail(ErrorName::kValidationFailed,
              fmt::format("expected {} for type '{}', but found {}", expected, type, input.describe()),
              std::move(path));
}

Result<postgres::Parameter> coerce(const Input& input, const ValueRule& rule) {
  if (input.is_null()) {
    if (rule.is_nullable) return postgres::Parameter();
    return fail(ErrorName::kValidationFailed, fmt::format("unexpected null value for type '{}'", rule.type_name),
                rule.path);
  }
  if (!rule.is_list) return coerce_scalar(input, rule);
  if (input.kind() == Input::Kind::kList) return coerce_list(input, rule);
  // GraphQL coerces a single value to a list of one.
  postgres::ArrayLiteral array;
  BUSFLOW_TRY(const auto text, coerce_scalar(input, rule));
  array.add(*text);
  return std::move(array).finish();
}

Result<std::string> json_path_array(std::string_view text, const std::string& path) {
  const auto wrong = [&] {
    return fail(ErrorName::kParseFailed, fmt::format("'{}' is no JSON path; write it like a.b[0]", text), path);
  };
  postgres::ArrayLiteral array;
  std::string_view rest = text;
  if (rest.starts_with('$')) rest.remove_prefix(1);
  bool is_first = true;
  while (!rest.empty()) {
    if (rest[0] == '[') {
      const auto close = rest.find(']');
      if (close == std::string_view::npos || close < 2) return wrong();
      std::string_view key = rest.substr(1, close - 1);
      const bool is_quoted =
          key.size() >= 2 && (key.front() == '"' || key.front() == '\'') && key.front() == key.back();
      if (is_quoted) key = key.substr(1, key.size() - 2);
      if (!is_quoted && key.find_first_not_of("0123456789") != std::string_view::npos) return wrong();
      array.add(key);
      rest.remove_prefix(close + 1);
    } else {
      if (rest[0] == '.') {
        rest.remove_prefix(1);
        if (rest.starts_with('[')) continue;
      } else if (!is_first) {
        return wrong();
      }
      const std::string_view key = rest.substr(0, rest.find_first_of(".["));
      if (key.empty()) return wrong();
      array.add(key);
      rest.remove_prefix(key.size());
    }
    is_first = false;
  }
  return std::move(array).finish();
}

}  // namespace busflow::graphql::compile
