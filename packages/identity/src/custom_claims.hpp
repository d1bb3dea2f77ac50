#pragma once

#include <map>
#include <string>
#include <vector>

#include <identity/custom_claims.hpp>

#include "domain/account.hpp"

namespace busflow::identity {

/// What the claims say of the account. Arrays are PostgreSQL literals, so that `_in` understands them; what is absent
/// has no claim.
std::map<std::string, std::string> claims_of(const Account& account, const std::vector<CustomClaim>& claims);

}  // namespace busflow::identity
