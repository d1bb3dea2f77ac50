#include <platform/json/reader.hpp>

#include <algorithm>
#include <sstream>

#include <date/date.h>

#include <fmt/format.h>

namespace busflow::json {

Result<Reader> Reader::from(const Value& value, std::string path) {
  if (const auto* object = value.if_object()) return Reader(*object, std::move(path));
  return fail(ErrorName::kValidationFailed, "expected an object", std::move(path));
}

const Value* Reader::find(std::string_view field) const {
  const auto* value = object_.if_contains(field);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::unexpected<Error> Reader::wrong(std::string_view field, std::string_view expected) const {
  const bool present = find(field) != nullptr;
  return fail(ErrorName::kValidationFailed,
              present ? fmt::format("field '{}': expected {}", field, expected)
                      : fmt::format("missing required field '{}' ({})", field, expected),
              fmt::format("{}.{}", path_, field));
}

Result<std::string> Reader::text(std::string_view field) const {
  const auto* value = find(field);
  if (value == nullptr || !value->is_string()) return wrong(field, "text");
  return std::string(value->get_string());
}

Result<std::int64_t> Reader::integer(std::string_view field) const {
  const auto* value = find(field);
  if (value == nullptr || !value->is_int64()) return wrong(field, "a whole number");
  return value->get_int64();
}

Result<bool> Reader::boolean(std::string_view field) const {
  const auto* value = find(field);
  if (value == nullptr || !value->is_bool()) return wrong(field, "true or false");
  return value->get_bool();
}

Result<Uuid> Reader::uuid(std::string_view field) const {
  const auto* value = find(field);
  if (value == nullptr || !value->is_string()) return wrong(field, "a UUID");
  const auto id = Uuid::parse(value->get_string());
  if (!id) return wrong(field, "a UUID");
  return *id;
}

Result<Reader> Reader::object(std::string_view field) const {
  const auto* value = find(field);
  if (value == nullptr || !value->is_object()) return wrong(field, "an object");
  return Reader(value->get_object(), fmt::format("{}.{}", path_, field));
}

Result<std::optional<std::string>> Reader::optional_text(std::string_view field) const {
  if (find(field) == nullptr) return std::optional<std::string>{};
  return text(field);
}

Result<WallTime> Reader::time(std::string_view field) const {
  BUSFLOW_TRY(const auto written, text(field));
  for (const auto* format : {"%FT%TZ", "%FT%T%Ez"}) {
    std::istringstream in(written);
    date::sys_time<std::chrono::milliseconds> parsed;
    in >> date::parse(format, parsed);
    if (!in.fail() && in.peek() == std::istringstream::traits_type::eof()) return WallTime(parsed.time_since_epoch());
  }
  return wrong(field, "a time such as 2030-01-31T12:00:00Z");
}

Result<std::optional<Reader>> Reader::optional_object(std::string_view field) const {
  if (find(field) == nullptr) return std::optional<Reader>{};
  return object(field);
}

Result<bool> Reader::optional_boolean(std::string_view field) const {
  if (find(field) == nullptr) return false;
  return boolean(field);
}

Result<std::optional<std::int64_t>> Reader::optional_integer(std::string_view field) const {
  if (find(field) == nullptr) return std::optional<std::int64_t>{};
  return integer(field);
}

Result<std::optional<Uuid>> Reader::optional_uuid(std::string_view field) const {
  if (find(field) == nullptr) return std::optional<Uuid>{};
  return uuid(field);
}

Result<void> Reader::only(std::initializer_list<std::string_view> known) const {
  for (const auto& [key, value] : object_) {
    const std::string_view name(key.data(), key.size());
    if (std::ranges::find(known, name) == known.end()) {
      return fail(ErrorName::kValidationFailed, fmt::format("unknown field '{}'", name),
                  fmt::format("{}.{}", path_, name));
    }
  }
  return {};
}

}  // namespace busflow::json
