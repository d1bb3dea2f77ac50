#include <gtest/gtest.h>

#include <platform/graphql/metadata/inherited_roles.hpp>

namespace busflow::graphql::metadata {
namespace {

using Names = std::vector<std::string_view>;

InheritedRole role(std::string name, std::vector<std::string> roles) {
  return {.name = std::move(name), .roles = std::move(roles), .location = {}};
}

UpdatePermission update(std::string of, std::vector<std::string> columns) {
  UpdatePermission permission;
  permission.role = std::move(of);
  permission.columns.names = std::move(columns);
  return permission;
}

TEST(InheritedRoles, theLineageNamesEachOnce) {
  const std::vector<InheritedRole> roles = {role("top", {"left", "right"}), role("left", {"base"}),
                                            role("right", {"base", "other"})};
  EXPECT_EQ(lineage(roles, "top"), (Names{"top", "left", "base", "right", "other"}));
  EXPECT_EQ(lineage(roles, "base"), Names{"base"});
}

TEST(InheritedRoles, aRingIsFoundAndEndsNowhere) {
  EXPECT_TRUE(find_ring({role("a", {"b"}), role("b", {"c"})}).empty());
  EXPECT_EQ(find_ring({role("x", {"a"}), role("a", {"b"}), role("b", {"a"})}), (Names{"a", "b"}));
  EXPECT_EQ(find_ring({role("self", {"self"})}), Names{"self"});
  const std::vector<InheritedRole> ring = {role("a", {"b"}), role("b", {"a"})};
  EXPECT_EQ(lineage(ring, "a"), (Names{"a", "b"}));
  EXPECT_TRUE(permissions_of(ring, {}, "a").empty());
  EXPECT_EQ(permission_of(ring, std::vector<UpdatePermission>{}, "a").permission, nullptr);
}

TEST(InheritedRoles, readingIsPutTogetherAndOnesOwnWins) {
  const std::vector<InheritedRole> roles = {role("top", {"middle", "c"}), role("middle", {"a", "b"})};
  std::vector<SelectPermission> permissions(3);
  permissions[0].role = "a";
  permissions[1].role = "b";
  permissions[2].role = "c";
  EXPECT_EQ(permissions_of(roles, permissions, "top").size(), 3U);
  permissions.emplace_back().role = "middle";
  const auto found = permissions_of(roles, permissions, "top");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0]->role, "middle");
  EXPECT_EQ(found[1]->role, "c");
}

TEST(InheritedRoles, writingIsInheritedFromThoseThatAgree) {
  const std::vector<InheritedRole> roles = {role("top", {"middle", "c"}), role("middle", {"a", "b"})};
  const std::vector<UpdatePermission> same = {update("a", {"x"}), update("b", {"x"})};
  EXPECT_EQ(permission_of(roles, same, "top").permission, same.data());
  const std::vector<UpdatePermission> different = {update("a", {"x"}), update("b", {"y"}), update("c", {"z"})};
  EXPECT_TRUE(permission_of(roles, different, "middle").is_conflicting);
  EXPECT_EQ(permission_of(roles, different, "middle").permission, nullptr);
  // What the middle could not agree upon is nothing to those above it.
  EXPECT_EQ(permission_of(roles, different, "top").permission, &different[2]);
  EXPECT_FALSE(permission_of(roles, different, "top").is_conflicting);
  EXPECT_EQ(permission_of(roles, different, "a").permission, different.data());
}

}  // namespace
}  // namespace busflow::graphql::metadata
