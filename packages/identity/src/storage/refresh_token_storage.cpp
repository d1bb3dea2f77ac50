#include "storage/refresh_token_storage.hpp"

namespace busflow::identity {
namespace {

#define BUSFLOW_TOKEN "id, family_id, coalesce(tenant_id::text, '') as tenant_id, user_id"

constexpr postgres::Statement kInsert{
    "identity.insert_refresh_token",
    "insert into identity.refresh_tokens (id, family_id, tenant_id, user_id, token_hash, created_at, expires_at,"
    "    kind, metadata, user_agent, remote_address)"
    "  values ($1, $2, nullif($3, '')::uuid, $4, $5, $6, $7, $8, $9::jsonb, $10, $11)"};
constexpr postgres::Statement kFindUsed{"identity.find_used_refresh_token",
                                        "select " BUSFLOW_TOKEN
                                        " from identity.refresh_tokens"
                                        "  where token_hash = $1 and kind = 'regular' and used_at > $2"
                                        "    and revoked_at is null"};
constexpr postgres::Statement kFind{"identity.find_refresh_token",
                                    "select " BUSFLOW_TOKEN
                                    " from identity.refresh_tokens"
                                    "  where token_hash = $1 and kind = 'regular' and revoked_at is null"
                                    "    and expires_at > $2"};
constexpr postgres::Statement kFindPersonal{"identity.find_personal_access_token",
                                            "select " BUSFLOW_TOKEN
                                            " from identity.refresh_tokens"
                                            "  where token_hash = $1 and kind = 'pat' and revoked_at is null"
                                            "    and expires_at > $2"};
constexpr postgres::Statement kOpenSessions{
    "identity.open_sessions",
    "select family_id, kind = 'pat' as is_personal, coalesce(min(tenant_id::text), '') as tenant_id,"
    "    (array_agg(user_agent order by created_at desc))[1] as user_agent,"
    "    (array_agg(remote_address order by created_at desc))[1] as remote_address,"
    "    to_char(min(created_at) at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') as started_at,"
    "    to_char(max(created_at) at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') as last_used_at"
    "  from identity.refresh_tokens where user_id = $1 and revoked_at is null"
    "  group by family_id, kind having bool_or(used_at is null and expires_at > $2) order by max(created_at) desc"};
constexpr postgres::Statement kEndSession{"identity.end_session",
                                          "update identity.refresh_tokens set revoked_at = $3"
                                          "  where user_id = $1 and family_id = $2 and revoked_at is null"};
constexpr postgres::Statement kEndSessions{
    "identity.end_sessions",
    "update identity.refresh_tokens set revoked_at = $4 where user_id = $1 and revoked_at is null"
    "  and family_id is distinct from nullif($2, '')::uuid and (kind = 'regular' or $3::boolean)"};
constexpr postgres::Statement kOwner{"identity.owner_of_refresh_token",
                                     "select user_id from identity.refresh_tokens where token_hash = $1"};
constexpr postgres::Statement kRevokeFamily{
    "identity.revoke_family",
    "update identity.refresh_tokens set revoked_at = $2"
    "  where revoked_at is null and family_id = (select family_id from identity.refresh_tokens where token_hash = $1)"};
constexpr postgres::Statement kDeleteExpired{
    "identity.delete_expired_refresh_tokens",
    "delete from identity.refresh_tokens where id in"
    "  (select id from identity.refresh_tokens where expires_at < $1 order by expires_at limit 1000 for update skip "
    "locked)"};

#undef BUSFLOW_TOKEN

Result<std::optional<RefreshToken>> read(postgres::Transaction& transaction, const postgres::Statement& statement,
                                         const std::string& token_hash, WallTime time) {
  BUSFLOW_TRY(const auto rows, transaction.execute(statement, {token_hash, to_rfc3339(time)}));
  if (rows.empty()) return std::nullopt;
  return RefreshToken{std::string(rows.text(0, "id")), std::string(rows.text(0, "family_id")),
                      std::string(rows.text(0, "tenant_id")), std::string(rows.text(0, "user_id"))};
}

}  // namespace

Result<void> insert_refresh_token(postgres::Transaction& transaction, const RefreshToken& refresh_token,
                                  const std::string& token_hash, WallTime now, WallTime expires_at,
                                  const TokenOrigin& origin) {
  BUSFLOW_CHECK(transaction.execute(
      kInsert, {refresh_token.id, refresh_token.family_id, refresh_token.tenant_id, refresh_token.user_id, token_hash,
                to_rfc3339(now), to_rfc3339(expires_at), origin.is_personal ? "pat" : "regular", origin.metadata,
                origin.user_agent, origin.remote_address}));
  return {};
}

Result<std::optional<RefreshToken>> find_used_refresh_token(postgres::Transaction& transaction,
                                                            const std::string& token_hash, WallTime since) {
  return read(transaction, kFindUsed, token_hash, since);
}

Result<std::optional<RefreshToken>> find_refresh_token(postgres::Transaction& transaction,
                                                       const std::string& token_hash, WallTime now) {
  return read(transaction, kFind, token_hash, now);
}

Result<std::optional<RefreshToken>> find_personal_access_token(postgres::Transaction& transaction,
                                                               const std::string& token_hash, WallTime now) {
  return read(transaction, kFindPersonal, token_hash, now);
}

Result<std::vector<OpenSession>> open_sessions(postgres::Transaction& transaction, const std::string& user_id,
                                               WallTime now) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kOpenSessions, {user_id, to_rfc3339(now)}));
  std::vector<OpenSession> sessions;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto field = [&](std::string_view name) { return std::string(rows.text(row, name)); };
    sessions.push_back({.id = field("family_id"),
                        .tenant_id = field("tenant_id"),
                        .user_agent = field("user_agent"),
                        .remote_address = field("remote_address"),
                        .started_at = field("started_at"),
                        .last_used_at = field("last_used_at"),
                        .is_personal = field("is_personal") == "t"});
  }
  return sessions;
}

Result<bool> end_session(postgres::Transaction& transaction, const std::string& user_id, const std::string& session_id,
                         WallTime now) {
  BUSFLOW_TRY(const auto count, transaction.change(kEndSession, {user_id, session_id, to_rfc3339(now)}));
  return count > 0;
}

Result<void> end_sessions(postgres::Transaction& transaction, const std::string& user_id,
                          const std::string& but_session_id, bool personal_as_well, WallTime now) {
  BUSFLOW_CHECK(transaction.execute(kEndSessions,
                                    {user_id, but_session_id, personal_as_well ? "true" : "false", to_rfc3339(now)}));
  return {};
}

Result<std::optional<std::string>> owner_of_refresh_token(postgres::Transaction& transaction,
                                                          const std::string& token_hash) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kOwner, {token_hash}));
  if (rows.empty()) return std::nullopt;
  return std::string(rows.text(0, "user_id"));
}

Result<void> revoke_family(postgres::Transaction& transaction, const std::string& token_hash, WallTime now) {
  BUSFLOW_CHECK(transaction.execute(kRevokeFamily, {token_hash, to_rfc3339(now)}));
  return {};
}

Result<void> delete_expired(postgres::Transaction& transaction, WallTime before) {
  BUSFLOW_CHECK(transaction.execute(kDeleteExpired, {to_rfc3339(before)}));
  return {};
}

}  // namespace busflow::identity
