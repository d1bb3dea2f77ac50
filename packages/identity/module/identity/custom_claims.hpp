#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <platform/base/result.hpp>

namespace busflow::identity {

/// A further claim of access tokens, and what of the account it says.
struct CustomClaim {
  std::string name;    ///< "x-hasura-language"
  std::string source;  ///< "locale", "metadata.company", …
};

/// A JSON object such as {"language": "locale", "company": "metadata.company"}: names without "x-hasura-", and a field
/// of the account (email, displayName, locale, phoneNumber, tenantName) or a path into its metadata. People may write
/// their own metadata when they sign up: permissions must not rest on it. Empty: none. kInvalidSetting for an unknown
/// field, and for names that say who somebody is.
Result<std::vector<CustomClaim>> read_custom_claims(std::string_view text);

}  // namespace busflow::identity
