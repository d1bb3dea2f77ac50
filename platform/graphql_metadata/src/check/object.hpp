#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include <platform/graphql/metadata/names.hpp>

namespace busflow::graphql_metadata {

/// Something of the metadata or of a database that other things can depend on.
struct ObjectId {
  enum class Kind : std::uint8_t {
    kSource,
    kTable,
    kColumn,
    kRelationship,
    kComputedField,
    kRemoteRelationship,
    kInsertPermission,
    kSelectPermission,
    kUpdatePermission,
    kDeletePermission,
    kEventTrigger,
    kFunction,
    kFunctionPermission,
    kAction,
    kCustomTypes,
    kRestEndpoint,
    kInheritedRole,
  };

  Kind kind = Kind::kTable;
  std::string source;
  graphql::metadata::QualifiedName of;  ///< The table, or the function.
  std::string name;                     ///< Column, relationship, role, …; empty for tables and functions.

  /// As messages about dependencies list it: `permission article.user.select in source "default"`.
  std::string describe() const;
  friend auto operator<=>(const ObjectId&, const ObjectId&) = default;
};

}  // namespace busflow::graphql_metadata
