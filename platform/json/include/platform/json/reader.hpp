#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include <platform/base/clock.hpp>
#include <platform/base/identifier.hpp>
#include <platform/json/json.hpp>

namespace busflow::json {

/// Reads an object's fields with errors that name the field: kValidationFailed with the path "$.a.b".
/// The object must outlive the reader.
class Reader {
 public:
  explicit Reader(const Object& object, std::string path = "$") : object_(object), path_(std::move(path)) {}

  /// An error when `value` is not an object.
  static Result<Reader> from(const Value& value, std::string path = "$");

  Result<std::string> text(std::string_view field) const;
  Result<std::int64_t> integer(std::string_view field) const;
  Result<bool> boolean(std::string_view field) const;
  /// RFC 3339: "2030-01-31T12:00:00Z".
  Result<WallTime> time(std::string_view field) const;
  Result<Uuid> uuid(std::string_view field) const;
  Result<Reader> object(std::string_view field) const;
  /// Absent and null are the same: nothing.
  Result<std::optional<std::string>> optional_text(std::string_view field) const;
  Result<std::optional<Reader>> optional_object(std::string_view field) const;
  /// False when it is absent.
  Result<bool> optional_boolean(std::string_view field) const;
  Result<std::optional<std::int64_t>> optional_integer(std::string_view field) const;
  Result<std::optional<Uuid>> optional_uuid(std::string_view field) const;

  /// An error that names the first field which is not in `known`.
  Result<void> only(std::initializer_list<std::string_view> known) const;

  const Object& fields() const { return object_; }
  const std::string& path() const { return path_; }

 private:
  const Value* find(std::string_view field) const;
  std::unexpected<Error> wrong(std::string_view field, std::string_view expected) const;

  const Object& object_;
  std::string path_;
};

}  // namespace busflow::json
