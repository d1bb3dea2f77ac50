#include "storage/member_storage.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace busflow::identity {
namespace {

constexpr postgres::Statement kList{
    "identity.list_members",
    "select u.id, coalesce(u.email, '') as email, u.display_name, m.default_role, u.is_disabled,"
    "    exists (select from identity.refresh_tokens r where r.user_id = u.id and r.tenant_id = m.tenant_id)"
    "      as has_signed_in"
    "  from identity.memberships m join identity.users u on u.id = m.user_id"
    "  where m.tenant_id = $1 order by u.display_name, u.id"};
constexpr postgres::Statement kPut{
    "identity.put_member",
    "insert into identity.memberships (tenant_id, user_id, default_role, allowed_roles)"
    "  values ($1, $2, $3, string_to_array($4, ' '))"
    "  on conflict (tenant_id, user_id) do update"
    "  set default_role = excluded.default_role, allowed_roles = excluded.allowed_roles"};
constexpr postgres::Statement kDelete{"identity.delete_member",
                                      "delete from identity.memberships where tenant_id = $1 and user_id = $2"};
constexpr postgres::Statement kTenantName{"identity.tenant_name", "select name from identity.tenants where id = $1"};

}  // namespace

Result<std::vector<Member>> list_members(postgres::Transaction& transaction, const std::string& tenant_id) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kList, {tenant_id}));
  std::vector<Member> members;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto field = [&](std::string_view name) { return std::string(rows.text(row, name)); };
    members.push_back({.user_id = field("id"),
                       .email = field("email"),
                       .display_name = field("display_name"),
                       .default_role = field("default_role"),
                       .is_disabled = field("is_disabled") == "t",
                       .has_signed_in = field("has_signed_in") == "t"});
  }
  return members;
}

Result<void> put_member(postgres::Transaction& transaction, const std::string& tenant_id, const std::string& user_id,
                        const std::string& role, const std::vector<std::string>& allowed_roles) {
  BUSFLOW_CHECK(
      transaction.execute(kPut, {tenant_id, user_id, role, fmt::format("{}", fmt::join(allowed_roles, " "))}));
  return {};
}

Result<bool> delete_member(postgres::Transaction& transaction, const std::string& tenant_id,
                           const std::string& user_id) {
  BUSFLOW_TRY(const auto count, transaction.change(kDelete, {tenant_id, user_id}));
  return count > 0;
}

Result<std::string> tenant_name(postgres::Transaction& transaction, const std::string& tenant_id) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kTenantName, {tenant_id}));
  return rows.empty() ? std::string() : std::string(rows.text(0, "name"));
}

}  // namespace busflow::identity
