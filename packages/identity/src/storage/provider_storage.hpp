#pragma once

#include <string>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/postgres/transaction.hpp>

namespace busflow::identity {

/// An account elsewhere that a user signs in with.
struct LinkedProvider {
  std::string provider;
  std::string email;       ///< As the provider has it; may be empty.
  std::string created_at;  ///< RFC 3339.
};

/// Whose account elsewhere it is; empty: nobody's.
Result<std::string> user_of_provider(postgres::Transaction& transaction, const std::string& provider,
                                     const std::string& subject);
/// False when it is somebody's already.
Result<bool> link_provider(postgres::Transaction& transaction, const std::string& provider, const std::string& subject,
                           const std::string& user_id, const std::string& email, WallTime now);
/// False when there is none.
Result<bool> unlink_provider(postgres::Transaction& transaction, const std::string& provider,
                             const std::string& user_id);
Result<std::vector<LinkedProvider>> linked_providers(postgres::Transaction& transaction, const std::string& user_id);

}  // namespace busflow::identity
