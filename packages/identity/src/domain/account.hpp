#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace busflow::identity {

/// The role of those who run the platform. They belong to no operator and no filter by operator binds them.
inline constexpr std::string_view kStaffRole = "busflow_staff";
/// The roles of those who belong to no operator (yet). No permission is given to them but on what is their own.
inline constexpr std::string_view kUserRole = "user";
inline constexpr std::string_view kAnonymousRole = "anonymous";

/// The role of who came by a link to one booking: no user of ours, and nothing of an account is theirs.
inline constexpr std::string_view kPassengerRole = "passenger";

inline constexpr std::string_view kTotp = "totp";

/// A user in the role they have at one operator, as staff, or as themselves.
struct Account {
  [[nodiscard]] bool is_staff() const { return default_role == kStaffRole; }
  [[nodiscard]] bool needs_second_factor() const { return active_mfa_type == kTotp; }

  std::string user_id;
  std::string email;  ///< Empty when there is none, as are phone_number and password_hash.
  bool email_verified = false;
  std::string phone_number;
  bool phone_number_verified = false;
  std::string display_name;
  std::string avatar_url;
  std::string locale;
  std::string metadata = "{}";  ///< JSON, the user's own.
  std::string password_hash;
  bool is_disabled = false;
  bool is_anonymous = false;
  std::string active_mfa_type;
  std::string created_at;  ///< RFC 3339.
  std::string tenant_id;   ///< Empty outside of an operator, as are its name and plan.
  std::string tenant_name;
  std::string plan;
  std::string default_role;
  std::vector<std::string> allowed_roles;
};

}  // namespace busflow::identity
