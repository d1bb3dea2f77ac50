#pragma once

#include <map>
#include <string>
#include <vector>

#include <platform/base/clock.hpp>

namespace busflow::token {

/// What a valid token says.
struct VerifiedToken {
  std::string subject;
  WallTime expires_at;
  std::string default_role;
  std::vector<std::string> allowed_roles;
  std::map<std::string, std::string, std::less<>>
      variables;  ///< All "x-hasura-…" claims as text, arrays as PostgreSQL literals.
};

}  // namespace busflow::token
