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
  enum class Family : std::uint8_t { kCommon, kTextual, kJsonb, kArray, kLabelTree };

  std::string_view name;
  std::string_view sql;
  Operand operand;
  Family family;
  std::string_view pattern_type{};  ///< The operand's type where it is another one of the column type's extension.

  bool takes_list() const { return operand == Operand::kList || operand == Operand::kTexts; }
  bool takes_text() const { return operand == Operand::kText || operand == Operand::kTexts; }
  /// What the operand is cast to when the column is of this type; with `cast`, the column's text is compared.
  std::string sql_type(const ColumnType& column, bool cast) const;
  /// The operand's type in GraphQL, of an item when it takes a list.
  TypeReference reference(const ColumnType& column, bool cast) const;
};

std::span<const Operator> all_operators();
/// The operator, when values of this type have it. Permissions may also spell it with '$' ("$eq").
const Operator* find_operator(const ColumnType& type, std::string_view name);
bool applies_to(const Operator& candidate, const ColumnType& type);

}  // namespace busflow::graphql::schema
