#include "storage/refresh_token_storage.hpp"

namespace busflow::identity {
namespace {

constexpr postgres::Statement kInsert{
    "identity.insert_refresh_token",
    "insert into identity.refresh_tokens (id, family_id, tenant_id, user_id, token_hash, created_at, expires_at)"
    "  values ($1, $2, nullif($3, '')::uuid, $4, $5, $6, $7)"};
constexpr postgres::Statement kUse{
    "identity.use_refresh_token",
    "update identity.refresh_tokens set used_at = $2"
    "  where token_hash = $1 and used_at is null and revoked_at is null and expires_at > $2"
    "  returning id, family_id, coalesce(tenant_id::text, '') as tenant_id, user_id"};
constexpr postgres::Statement kRevokeFamily{
    "identity.revoke_family",
    "update identity.refresh_tokens set revoked_at = $2"
    "  where revoked_at is null and family_id = (select family_id from identity.refresh_tokens where token_hash = $1)"};
constexpr postgres::Statement kDeleteExpired{
    "identity.delete_expired_refresh_tokens",
    "delete from identity.refresh_tokens where id in"
    "  (select id from identity.refresh_tokens where expires_at < $1 order by expires_at limit 1000 for update skip "
    "locked)"};

}  // namespace

Result<void> insert_refresh_token(postgres::Transaction& transaction, const RefreshToken& refresh_token,
                                  const std::string& token_hash, WallTime now, WallTime expires_at) {
  BUSFLOW_CHECK(
      transaction.execute(kInsert, {refresh_token.id, refresh_token.family_id, refresh_token.tenant_id,
                                    refresh_token.user_id, token_hash, to_rfc3339(now), to_rfc3339(expires_at)}));
  return {};
}

Result<std::optional<RefreshToken>> use_refresh_token(postgres::Transaction& transaction, const std::string& token_hash,
                                                      WallTime now) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kUse, {token_hash, to_rfc3339(now)}));
  if (rows.empty()) return std::nullopt;
  return RefreshToken{std::string(rows.text(0, "id")), std::string(rows.text(0, "family_id")),
                      std::string(rows.text(0, "tenant_id")), std::string(rows.text(0, "user_id"))};
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
