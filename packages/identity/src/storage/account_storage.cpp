#include "storage/account_storage.hpp"

#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace busflow::identity {
namespace {

// One text for all look-ups, so that they can never disagree about who may enter. Rank 0: at an operator; 1: as staff;
// 2: as themselves, which everybody is who is not staff. Lateral, for a union that is only joined is read whole.
#define BUSFLOW_ACCOUNTS                                                                                     \
  "select u.id as user_id, coalesce(u.email, '') as email, u.email_verified,"                                \
  "    coalesce(u.phone_number, '') as phone_number, u.phone_number_verified, u.display_name, u.avatar_url," \
  "    u.locale, u.metadata, coalesce(u.password_hash, '') as password_hash, u.is_disabled, u.is_anonymous," \
  "    u.active_mfa_type,"                                                                                   \
  "    to_char(u.created_at at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') as created_at,"         \
  "    coalesce(p.tenant_id::text, '') as tenant_id, p.tenant_name, p.plan, p.default_role, p.allowed_roles" \
  "  from identity.users u cross join lateral ("                                                             \
  "    select t.id as tenant_id, t.name as tenant_name, t.plan, m.default_role,"                             \
  "        array_to_string(m.allowed_roles, ' ') as allowed_roles, m.created_at, 0 as rank"                  \
  "      from identity.memberships m join identity.tenants t on t.id = m.tenant_id and t.is_active"          \
  "      where m.user_id = u.id"                                                                             \
  "    union all"                                                                                            \
  "    select null, '', '', 'busflow_staff', 'busflow_staff', created_at, 1"                                 \
  "      from identity.staff where user_id = u.id"                                                           \
  "    union all"                                                                                            \
  "    select null, '', '', r.role, r.role, u.created_at, 2"                                                 \
  "      from (select case when u.is_anonymous then 'anonymous' else 'user' end) r (role)"                   \
  "      where not exists (select from identity.staff where user_id = u.id)"                                 \
  "        and not exists (select from identity.memberships where user_id = u.id)) p"
#define BUSFLOW_FIRST " order by p.rank, p.created_at, p.tenant_id limit 1"

constexpr postgres::Statement kFindAccount{"identity.find_account",
                                           BUSFLOW_ACCOUNTS " where lower(u.email) = lower($1)" BUSFLOW_FIRST};
constexpr postgres::Statement kFindAccountByPhone{"identity.find_account_by_phone",
                                                  BUSFLOW_ACCOUNTS " where u.phone_number = $1" BUSFLOW_FIRST};
constexpr postgres::Statement kFindAccountById{"identity.find_account_by_id",
                                               BUSFLOW_ACCOUNTS " where u.id = $1" BUSFLOW_FIRST};
constexpr postgres::Statement kFindMember{
    "identity.find_member",
    BUSFLOW_ACCOUNTS " where u.id = $1 and p.tenant_id is not distinct from nullif($2, '')::uuid" BUSFLOW_FIRST};
constexpr postgres::Statement kFindMemberships{
    "identity.find_memberships", BUSFLOW_ACCOUNTS " where u.id = $1 order by p.rank, p.created_at, p.tenant_id"};

// For many at once (SharedStatement). The member comes before the successor, which is kept at their operator: a session
// that began before its user joined one goes on there.
constexpr postgres::Statement kRotate{
    "identity.rotate_refresh_tokens",
    "with used as ("
    "  update identity.refresh_tokens t set used_at = w.used_at"
    "    from unnest($1::text[], $2::timestamptz[], $3::uuid[], $4::text[], $5::timestamptz[], $6::text[], $7::text[])"
    "      with ordinality w (used_hash, used_at, id, token_hash, expires_at, user_agent, remote_address, number)"
    "    where t.token_hash = w.used_hash and t.kind = 'regular' and t.used_at is null and t.revoked_at is null"
    "      and t.expires_at > w.used_at"
    "    returning t.family_id, t.tenant_id as token_tenant, t.user_id as token_user, w.*),"
    " member as ("
    "  select account.*, used.family_id, used.number from used cross join lateral (" BUSFLOW_ACCOUNTS
    "    where u.id = used.token_user and not u.is_disabled"
    "      and (p.tenant_id is not distinct from used.token_tenant or used.token_tenant is null)"
    "    order by (p.tenant_id is not distinct from used.token_tenant) desc, p.rank, p.created_at, p.tenant_id"
    "    limit 1) account),"
    " kept as ("
    "  insert into identity.refresh_tokens (id, family_id, tenant_id, user_id, token_hash, created_at, expires_at,"
    "      user_agent, remote_address)"
    "    select used.id, used.family_id, nullif(member.tenant_id, '')::uuid, member.user_id, used.token_hash,"
    "        used.used_at, used.expires_at, used.user_agent, used.remote_address"
    "      from used join member on member.number = used.number)"
    " select * from member"};

#undef BUSFLOW_FIRST
#undef BUSFLOW_ACCOUNTS

constexpr postgres::Statement kInsertTenant{
    "identity.insert_tenant",
    "insert into identity.tenants (id, name, plan) values ($1, $2, $3) on conflict (id) do nothing"};
constexpr postgres::Statement kInsertUser{
    "identity.insert_user",
    "insert into identity.users (id, email, display_name, locale, password_hash, email_verified)"
    "  values ($1, $2, $3, $4, $5, true) on conflict (id) do nothing"};
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

Account to_account(const postgres::Rows& rows, std::size_t row) {
  const auto field = [&](std::string_view name) { return std::string(rows.text(row, name)); };
  const auto is = [&](std::string_view name) { return rows.text(row, name) == "t"; };
  return {.user_id = field("user_id"),
          .email = field("email"),
          .email_verified = is("email_verified"),
          .phone_number = field("phone_number"),
          .phone_number_verified = is("phone_number_verified"),
          .display_name = field("display_name"),
          .avatar_url = field("avatar_url"),
          .locale = field("locale"),
          .metadata = field("metadata"),
          .password_hash = field("password_hash"),
          .is_disabled = is("is_disabled"),
          .is_anonymous = is("is_anonymous"),
          .active_mfa_type = field("active_mfa_type"),
          .created_at = field("created_at"),
          .tenant_id = field("tenant_id"),
          .tenant_name = field("tenant_name"),
          .plan = field("plan"),
          .default_role = field("default_role"),
          .allowed_roles = split(field("allowed_roles"))};
}

Result<std::optional<Account>> find(postgres::Transaction& transaction, const postgres::Statement& statement,
                                    const postgres::Parameters& parameters) {
  BUSFLOW_TRY(const auto rows, transaction.execute(statement, parameters));
  return rows.empty() ? std::nullopt : std::optional(to_account(rows, 0));
}

}  // namespace

Result<std::optional<Account>> find_account(postgres::Transaction& transaction, const std::string& email) {
  return find(transaction, kFindAccount, {email});
}

Result<std::optional<Account>> find_account_by_phone(postgres::Transaction& transaction, const std::string& number) {
  return find(transaction, kFindAccountByPhone, {number});
}

Result<std::optional<Account>> find_account_by_id(postgres::Transaction& transaction, const std::string& user_id) {
  return find(transaction, kFindAccountById, {user_id});
}

Result<std::optional<Account>> find_member(postgres::Transaction& transaction, const std::string& user_id,
                                           const std::string& tenant_id) {
  BUSFLOW_TRY(auto account, find(transaction, kFindMember, {user_id, tenant_id}));
  // A session that began before its user joined an operator goes on there.
  if (!account && tenant_id.empty()) return find_account_by_id(transaction, user_id);
  return account;
}

std::unique_ptr<postgres::SharedStatement> share_rotation(postgres::Pool& pool, const std::string& database_role) {
  return std::make_unique<postgres::SharedStatement>(pool, database_role, kRotate);
}

Result<std::optional<Rotation>> rotate_refresh_token(Context& context, postgres::SharedStatement& rotation,
                                                     const std::string& token_hash, const Successor& next) {
  BUSFLOW_TRY(const auto rows,
              rotation.execute(context, {token_hash, to_rfc3339(context.clock.now()), next.id, next.token_hash,
                                         to_rfc3339(next.expires_at), next.user_agent, next.remote_address}));
  if (rows.empty()) return std::nullopt;
  return Rotation{to_account(rows, 0), std::string(rows.text(0, "family_id"))};
}

Result<std::vector<Account>> find_memberships(postgres::Transaction& transaction, const std::string& user_id) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kFindMemberships, {user_id}));
  std::vector<Account> accounts;
  for (std::size_t row = 0; row < rows.size(); ++row) accounts.push_back(to_account(rows, row));
  return accounts;
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
