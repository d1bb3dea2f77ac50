#include <platform/graphql/metadata/inherited_roles.hpp>

#include <algorithm>

#include <platform/graphql/metadata/parts.hpp>

namespace busflow::graphql::metadata {
namespace {

const std::vector<std::string>& parents_of(const std::vector<InheritedRole>& inherited, std::string_view role) {
  static const std::vector<std::string> nobody;
  const auto found = std::ranges::find(inherited, role, &InheritedRole::name);
  return found == inherited.end() ? nobody : found->roles;
}

template <class List, class Item>
bool is_among(const List& list, const Item& item) {
  return std::ranges::find(list, item) != list.end();
}

/// Looks for the permissions of one kind; `seen` are the roles on the way, so that a ring ends.
template <class Permission>
class Search {
 public:
  Search(const std::vector<InheritedRole>& inherited, const std::vector<Permission>& permissions)
      : inherited_(inherited), permissions_(permissions) {}

  const Permission* own(std::string_view role) const {
    const auto found = std::ranges::find(permissions_, role, &Permission::role);
    return found == permissions_.end() ? nullptr : &*found;
  }

  void collect(std::string_view role, std::vector<const Permission*>& found) {
    if (is_among(seen_, role)) return;
    seen_.push_back(role);
    if (const Permission* permission = own(role)) {
      if (!is_among(found, permission)) found.push_back(permission);
      return;
    }
    for (const auto& parent : parents_of(inherited_, role)) collect(parent, found);
  }

  InheritedWrite<Permission> agreed(std::string_view role) {
    if (const Permission* permission = own(role)) return {.permission = permission};
    if (is_among(seen_, role)) return {};
    seen_.push_back(role);
    InheritedWrite<Permission> result;
    for (const auto& parent : parents_of(inherited_, role)) {
      const auto theirs = agreed(parent).permission;
      if (theirs == nullptr || result.is_conflicting) continue;
      if (result.permission == nullptr) {
        result.permission = theirs;
      } else if (content_of(*result.permission) != content_of(*theirs)) {
        result = {.permission = nullptr, .is_conflicting = true};
      }
    }
    seen_.pop_back();
    return result;
  }

 private:
  static json::Value content_of(const Permission& permission) {
    return encode(permission).as_object().at("permission");
  }

  const std::vector<InheritedRole>& inherited_;
  const std::vector<Permission>& permissions_;
  std::vector<std::string_view> seen_;
};

void add_lineage(const std::vector<InheritedRole>& inherited, std::string_view role,
                 std::vector<std::string_view>& found) {
  if (is_among(found, role)) return;
  found.push_back(role);
  for (const auto& parent : parents_of(inherited, role)) add_lineage(inherited, parent, found);
}

/// Whether `way` leads back to its beginning.
bool closes(const std::vector<InheritedRole>& inherited, std::vector<std::string_view>& way) {
  for (const std::string& parent : parents_of(inherited, way.back())) {
    if (parent == way.front()) return true;
    if (is_among(way, parent)) continue;
    way.push_back(parent);
    if (closes(inherited, way)) return true;
    way.pop_back();
  }
  return false;
}

}  // namespace

std::vector<std::string_view> lineage(const std::vector<InheritedRole>& inherited, std::string_view role) {
  std::vector<std::string_view> found;
  add_lineage(inherited, role, found);
  return found;
}

std::vector<std::string_view> find_ring(const std::vector<InheritedRole>& inherited) {
  for (const auto& role : inherited) {
    std::vector<std::string_view> way{role.name};
    if (closes(inherited, way)) return way;
  }
  return {};
}

std::vector<const SelectPermission*> permissions_of(const std::vector<InheritedRole>& inherited,
                                                    const std::vector<SelectPermission>& permissions,
                                                    std::string_view role) {
  std::vector<const SelectPermission*> found;
  Search(inherited, permissions).collect(role, found);
  return found;
}

InheritedWrite<InsertPermission> permission_of(const std::vector<InheritedRole>& inherited,
                                               const std::vector<InsertPermission>& permissions,
                                               std::string_view role) {
  return Search(inherited, permissions).agreed(role);
}

InheritedWrite<UpdatePermission> permission_of(const std::vector<InheritedRole>& inherited,
                                               const std::vector<UpdatePermission>& permissions,
                                               std::string_view role) {
  return Search(inherited, permissions).agreed(role);
}

InheritedWrite<DeletePermission> permission_of(const std::vector<InheritedRole>& inherited,
                                               const std::vector<DeletePermission>& permissions,
                                               std::string_view role) {
  return Search(inherited, permissions).agreed(role);
}

}  // namespace busflow::graphql::metadata
