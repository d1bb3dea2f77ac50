#pragma once

#include <optional>
#include <string>

#include <platform/base/result.hpp>
#include <platform/postgres/transaction.hpp>

#include "domain/account.hpp"

namespace busflow::identity {

/// By e-mail address, in any case, at the operator the user joined first. Operators that are not active do not count.
Result<std::optional<Account>> find_account(postgres::Transaction& transaction, const std::string& email);
/// The same by ids.
Result<std::optional<Account>> find_member(postgres::Transaction& transaction, const std::string& user_id,
                                           const std::string& tenant_id);

/// Adds what is not there yet: operator, user and membership.
Result<void> insert_account(postgres::Transaction& transaction, const Account& account);
Result<bool> user_exists(postgres::Transaction& transaction, const std::string& user_id);

}  // namespace busflow::identity
