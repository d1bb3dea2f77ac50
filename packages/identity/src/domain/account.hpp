#pragma once

#include <string>
#include <vector>

namespace busflow::identity {

/// A user in the role they have at one operator.
struct Account {
  std::string user_id;
  std::string email;
  std::string display_name;
  std::string locale;
  std::string password_hash;
  bool is_disabled = false;
  std::string created_at;  ///< RFC 3339.
  std::string tenant_id;
  std::string tenant_name;
  std::string plan;
  std::string default_role;
  std::vector<std::string> allowed_roles;
};

}  // namespace busflow::identity
