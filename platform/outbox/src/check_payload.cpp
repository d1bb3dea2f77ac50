#include <chrono>

#include <fmt/format.h>

#include <platform/base/clock.hpp>
#include <platform/base/identifier.hpp>
#include <platform/outbox/outbox.hpp>

namespace busflow::outbox {
namespace {

using Kind = EventFieldKind;

bool has_shape(std::string_view text, std::string_view shape) {
  if (text.size() < shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool is_digit = text[i] >= '0' && text[i] <= '9';
    if (shape[i] == '0' ? !is_digit : text[i] != shape[i]) return false;
  }
  return true;
}

bool is_time(std::string_view text) { return has_shape(text, "0000-00-00T00:00:00") && text.ends_with('Z'); }

bool is_date(std::string_view text) { return text.size() == 10 && has_shape(text, "0000-00-00"); }

bool fits(Kind kind, const json::Value& value) {
  const auto* string = value.if_string();
  const std::string_view text = string == nullptr ? std::string_view() : std::string_view(*string);
  switch (kind) {
    case Kind::kUuid: return string != nullptr && Uuid::parse(text).has_value();
    case Kind::kText: return string != nullptr;
    case Kind::kInteger: return value.is_int64();
    case Kind::kBoolean: return value.is_bool();
    case Kind::kDate: return string != nullptr && is_date(text);
    case Kind::kTime: return string != nullptr && is_time(text);
    case Kind::kList: return value.is_array();
    case Kind::kObject: return value.is_object();
  }
  return false;
}

std::string_view wanted(Kind kind) {
  switch (kind) {
    case Kind::kUuid: return "a UUID";
    case Kind::kText: return "text";
    case Kind::kInteger: return "a whole number";
    case Kind::kBoolean: return "true or false";
    case Kind::kDate: return "a date such as 2026-05-01";
    case Kind::kTime: return "a time such as 2026-05-01T06:30:00Z";
    case Kind::kList: return "a list";
    case Kind::kObject: return "an object";
  }
  return "something else";
}

}  // namespace

Result<void> check_payload(const EventType& type, const json::Object& payload) {
  for (const auto& field : type.fields) {
    const auto* value = payload.if_contains(field.name);
    if (value == nullptr || value->is_null()) {
      if (field.is_optional) continue;
      return fail(ErrorName::kValidationFailed, fmt::format("{}: missing required field '{}'", type.name, field.name),
                  fmt::format("$.{}", field.name));
    }
    if (!fits(field.kind, *value)) {
      return fail(ErrorName::kValidationFailed,
                  fmt::format("{}: field '{}': expected {}", type.name, field.name, wanted(field.kind)),
                  fmt::format("$.{}", field.name));
    }
  }
  return {};
}

}  // namespace busflow::outbox
