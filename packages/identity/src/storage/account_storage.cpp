#include "storage/account_storage.hpp"

#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace busflow::identity {
namespace {

// One text for all look-ups, so that they can never disagree about who may enter. Staff come after memberships: who is
// both works for an operator until they choose otherwise. Lateral, for a union that is only joined is read whole.
#define BUSFLOW_ACCOUNTS                                                                                     \
  "select u.id as user_id, u.email, u.display_name, u.locale, u.password_hash, u.is_disabled,"               \
  "    to_char(u.created_at at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') as created_at,"         \
  "    coalesce(p.tenant_id::text, '') as tenant_id, p.tenant_name, p.plan, p.default_role, p.allowed_roles" \
  "  from identity.users u cross join lateral ("                                                             \
  "    select t.id as tenant_id, t.name as tenant_name, t.plan, m.default_role,"                             \
  "        array_to_string(m.allowed_roles, ' ') as allowed_roles, m.created_at, false as is_staff"          \
  "      from identity.memberships m join identity.tenants t on t.id = m.tenant_id and t.is_active"          \
  "      where m.user_id = u.id"                                                                             \
  "    union all"                                                                                            \
  "    select null, '', '', 'busflow_staff', 'busflow_staff', created_at, true"                              \
  "      from identity.staff where user_id = u.id) p"

constexpr postgres::Statement kFindAccount{
    "identity.find_account",
    BUSFLOW_ACCOUNTS "  where lower(u.email) = lower($1) order by p.is_staff, p.created_at, p.tenant_id limit 1"};
constexpr postgres::Statement kFindMember{
    "identity.find_member",
    BUSFLOW_ACCOUNTS "  where u.id = $1 and p.tenant_id is not distinct from nullif($2, '')::uuid"};

#undef BUSFLOW_ACCOUNTS

constexpr postgres::Statement kInsertTenant{
    "identity.insert_tenant",
    "insert into identity.tenants (id, name, plan) values ($1, $2, $3) on conflict (id) do nothing"};
constexpr postgres::Statement kInsertUser{
    "identity.insert_user",
    "insert into identity.users (id, email, display_name, locale, password_hash) values ($1, $2, $3, $4, $5)"
    "  on conflict (id) do nothing"};
constexpr postgres::Statement kInsertMembership{
    "identity.insert_membership",
    "insert into identity.memberships (tenant_id, user_id, default_role, allowed_roles)"
    "  values ($1, $2, $3, string_to_array($4, ' ')) on conflict do nothing"};
constexpr postgres::Statement kInsertStaff{"identity.insert_staff",
                                           "insert into identity.staff (user_id) values ($1) on conflict do nothing"};
constexpr postgres::Statement kUserExists{"identity.user_exists", "select 1 from identity.users where id = $1"};

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto end = text.find(' ');
    words.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return words;
}

std::optional<Account> to_account(const postgres::Rows& rows) {
  if (rows.empty()) return std::nullopt;
  const auto field = [&rows](std::string_view name) { return std::string(rows.text(0, name)); };
  return Account{.user_id = field("user_id"),
                 .email = field("email"),
                 .display_name = field("display_name"),
                 .locale = field("locale"),
                 .password_hash = field("password_hash"),
                 .is_disabled = field("is_disabled") == "t",
                 .created_at = field("created_at"),
                 .tenant_id = field("tenant_id"),
                 .tenant_name = field("tenant_name"),
                 .plan = field("plan"),
                 .default_role = field("default_role"),
                 .allowed_roles = split(field("allowed_roles"))};
}

}  // namespace

Result<std::optional<Account>> find_account(postgres::Transaction& transaction, const std::string& email) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kFindAccount, {email}));
  return to_account(rows);
}

Result<std::optional<Account>> find_member(postgres::Transaction& transaction, const std::string& user_id,
                                           const std::string& tenant_id) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kFindMember, {user_id, tenant_id}));
  return to_account(rows);
}

Result<void> insert_account(postgres::Transaction& transaction, const Account& account) {
  BUSFLOW_CHECK(transaction.execute(
      kInsertUser, {account.user_id, account.email, account.display_name, account.locale, account.password_hash}));
  if (account.is_staff()) {
    BUSFLOW_CHECK(transaction.execute(kInsertStaff, {account.user_id}));
    return {};
  }
  BUSFLOW_CHECK(transaction.execute(kInsertTenant, {account.tenant_id, account.tenant_name, account.plan}));
  BUSFLOW_CHECK(transaction.execute(kInsertMembership, {account.tenant_id, account.user_id, account.default_role,
                                                        fmt::format("{}", fmt::join(account.allowed_roles, " "))}));
  return {};
}

Result<bool> user_exists(postgres::Transaction& transaction, const std::string& user_id) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kUserExists, {user_id}));
  return !rows.empty();
}

}  // namespace busflow::identity
