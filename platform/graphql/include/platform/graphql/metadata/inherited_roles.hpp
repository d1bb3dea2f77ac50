#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <platform/graphql/metadata/permission.hpp>

/// What a role has that inherits from others (https://hasura.io/docs/2.0/auth/authorization/inherited-roles/). A
/// permission of its own wins over what it would inherit, at each step of the way.
namespace busflow::graphql::metadata {

/// A role that may do what any of the others may.
struct InheritedRole {
  std::string name;
  std::vector<std::string> roles;
  SourceLocation location;
};

/// The role itself, then all it inherits from, each once.
std::vector<std::string_view> lineage(const std::vector<InheritedRole>& inherited, std::string_view role);

/// Roles that inherit from each other in a ring; empty when there are none.
std::vector<std::string_view> find_ring(const std::vector<InheritedRole>& inherited);

/// What the role may read is what any of these may; a column that only some of them show is there in their rows alone.
std::vector<const SelectPermission*> permissions_of(const std::vector<InheritedRole>& inherited,
                                                    const std::vector<SelectPermission>& permissions,
                                                    std::string_view role);

template <class Permission>
struct InheritedWrite {
  const Permission* permission = nullptr;  ///< Null: there is none, or they differ.
  bool is_conflicting = false;             ///< Roles that it inherits from have permissions that differ.
};

/// Whoever writes does so under one permission: it is inherited when all that have one have the same.
InheritedWrite<InsertPermission> permission_of(const std::vector<InheritedRole>& inherited,
                                               const std::vector<InsertPermission>& permissions, std::string_view role);
InheritedWrite<UpdatePermission> permission_of(const std::vector<InheritedRole>& inherited,
                                               const std::vector<UpdatePermission>& permissions, std::string_view role);
InheritedWrite<DeletePermission> permission_of(const std::vector<InheritedRole>& inherited,
                                               const std::vector<DeletePermission>& permissions, std::string_view role);

}  // namespace busflow::graphql::metadata
