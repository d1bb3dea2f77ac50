#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace busflow::identity {

/// The role of those who run the platform. They belong to no operator and no filter by operator binds them.
inline constexpr std::string_view kStaffRole = "busflow_staff";

/// A user in the role they have at one operator, or as staff.
struct Account {
  [[nodiscard]] bool is_staff() const { return default_role == kStaffRole; }

  std::string user_id;
  std::string email;
  std::string display_name;
  std::string locale;
  std::string password_hash;
  bool is_disabled = false;
  std::string created_at;  ///< RFC 3339.
  std::string tenant_id;   ///< Empty for staff, as are its name and plan.
  std::string tenant_name;
  std::string plan;
  std::string default_role;
  std::vector<std::string> allowed_roles;
};

}  // namespace busflow::identity
