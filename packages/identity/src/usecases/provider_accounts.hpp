#pragma once

#include <string>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>
#include <platform/openid/provider.hpp>
#include <platform/postgres/transaction.hpp>

#include "domain/account.hpp"
#include "services.hpp"
#include "usecases/sign_up.hpp"

namespace busflow::identity {

/// Whose account a profile is: the one it is tied to, else the one of its proven address, else a new one.
/// kSignUpDisabled where that would be a new one and may not be.
Result<Account> account_of_profile(const Services& services, Context& context, postgres::Transaction& transaction,
                                   const Origin& origin, const std::string& provider, const openid::Profile& profile,
                                   const NewUser& about);

/// Ties the profile to the user, which an auditor can see. kConflict when it became somebody's meanwhile.
Result<void> link_profile(Context& context, postgres::Transaction& transaction, const Origin& origin,
                          const std::string& provider, const openid::Profile& profile, const std::string& user_id);

}  // namespace busflow::identity
