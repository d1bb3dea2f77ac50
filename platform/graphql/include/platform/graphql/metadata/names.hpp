#pragma once

#include <compare>
#include <string>

namespace busflow::graphql::metadata {

/// A table, view or function: `name`, or `{schema, name}`; the schema is "public" by default.
struct QualifiedName {
  std::string schema = "public";
  std::string name;

  /// "schema.name".
  std::string describe() const { return schema + "." + name; }
  /// As the reference writes it in messages: the schema is left out when it is "public".
  std::string shortened() const { return schema == "public" ? name : describe(); }
  friend auto operator<=>(const QualifiedName&, const QualifiedName&) = default;
};

using TableName = QualifiedName;
using FunctionName = QualifiedName;

}  // namespace busflow::graphql::metadata
