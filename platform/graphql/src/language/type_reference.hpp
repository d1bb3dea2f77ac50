#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace busflow::graphql {

/// A GraphQL type as written: `[Int!]!`. The wrappers are kept from the outside in, '!' for non-null and '[' for a
/// list, so that taking one off is cutting a character.
class TypeReference {
 public:
  TypeReference() = default;
  explicit TypeReference(std::string name, std::string wrappers = {})
      : name_(std::move(name)), wrappers_(std::move(wrappers)) {}

  const std::string& name() const { return name_; }
  bool is_non_null() const { return wrappers_.starts_with('!'); }
  /// Without an outer '!'.
  TypeReference nullable() const { return is_non_null() ? TypeReference(name_, wrappers_.substr(1)) : *this; }
  TypeReference non_null() const { return is_non_null() ? *this : TypeReference(name_, "!" + wrappers_); }
  bool is_list() const { return nullable_wrappers().starts_with('['); }
  /// Of a list.
  TypeReference item() const { return TypeReference(name_, std::string(nullable_wrappers().substr(1))); }
  TypeReference list() const { return TypeReference(name_, "[" + wrappers_); }

  std::string to_string() const;

  friend bool operator==(const TypeReference&, const TypeReference&) = default;

 private:
  std::string_view nullable_wrappers() const { return std::string_view(wrappers_).substr(is_non_null() ? 1 : 0); }

  std::string name_;
  std::string wrappers_;
};

inline std::string TypeReference::to_string() const {
  std::string opening;
  std::string closing;
  for (const char wrapper : wrappers_) {
    if (wrapper == '[') {
      opening += '[';
      closing.insert(closing.begin(), ']');
    } else {
      closing.insert(closing.begin(), '!');
    }
  }
  return opening + name_ + closing;
}

}  // namespace busflow::graphql
