#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace busflow::redis {

/// What Redis answered. Errors are the error side of a Result instead.
struct Reply {
  using Array = std::vector<Reply>;
  std::variant<std::monostate, std::int64_t, std::string, Array> value;

  bool is_nil() const { return std::holds_alternative<std::monostate>(value); }
  /// Asking for another kind than it is, is a fault (std::bad_variant_access).
  std::int64_t integer() const { return std::get<std::int64_t>(value); }
  const std::string& text() const { return std::get<std::string>(value); }
  const Array& array() const { return std::get<Array>(value); }
  /// Of an array of texts.
  std::vector<std::string> texts() const {
    std::vector<std::string> items;
    for (const auto& item : array()) items.push_back(item.text());
    return items;
  }
};

}  // namespace busflow::redis
