#pragma once

#include <string>
#include <vector>

#include <platform/base/result.hpp>
#include <platform/postgres/transaction.hpp>

namespace busflow::identity {

struct Member {
  std::string user_id;
  std::string email;
  std::string display_name;
  std::string default_role;
  bool is_disabled = false;
  bool has_signed_in = false;
};

/// Who works for the operator. The transaction's tenant is the operator, so row-level security holds as well.
Result<std::vector<Member>> list_members(postgres::Transaction& transaction, const std::string& tenant_id);
/// Also changes the role of who is a member already.
Result<void> put_member(postgres::Transaction& transaction, const std::string& tenant_id, const std::string& user_id,
                        const std::string& role, const std::vector<std::string>& allowed_roles);
/// False when they are none. Their sessions at the operator end with it.
Result<bool> delete_member(postgres::Transaction& transaction, const std::string& tenant_id,
                           const std::string& user_id);
Result<std::string> tenant_name(postgres::Transaction& transaction, const std::string& tenant_id);

}  // namespace busflow::identity
