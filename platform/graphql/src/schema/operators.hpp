#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "schema/model.hpp"

namespace busflow::graphql::schema {

/// An operator of comparison expressions: `{column: {_eq: value}}`.
struct Operator {
  enum class Operand : std::uint8_t {
    kSame,     ///< A value of the column's type.
    kList,     ///< A list of them; `sql` is applied with ANY or ALL.
    kText,     ///< A String.
    kTexts,    ///< A list of Strings, bound as text[].
    kBoolean,  ///< _is_null
    kColumn,   ///< Another column: only in permissions.
  };
  enum class Family : std::uint8_t { kCommon, kTextual, kJsonb, kArray };

  std::string_view name;
  std::string_view sql;
  Operand operand;
  Family family;
};

std::span<const Operator> all_operators();
/// The operator, when values of this type have it. Permissions may also spell it with '$' ("$eq").
const Operator* find_operator(const ColumnType& type, std::string_view name);
bool applies_to(const Operator& candidate, const ColumnType& type);

}  // namespace busflow::graphql::schema
