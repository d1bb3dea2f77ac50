#include "usecases/personal_access_tokens.hpp"

#include <platform/crypto/digest.hpp>
#include <platform/crypto/random.hpp>

#include "storage/account_storage.hpp"
#include "storage/refresh_token_storage.hpp"
#include "storage/user_storage.hpp"

namespace busflow::identity {
namespace {

constexpr std::size_t kTokenBytes = 32;

}  // namespace

Result<PersonalAccessTokens::Created> PersonalAccessTokens::create(Context& context, const Caller& caller,
                                                                   const Origin& origin, WallTime expires_at,
                                                                   const std::string& metadata) const {
  if (caller.is_anonymous) return fail(ErrorName::kAnonymousForbidden);
  if (expires_at <= context.clock.now())
    return fail(ErrorName::kValidationFailed, "expected a time to come", "$.expiresAt");
  Created created{.id = context.identifiers.next().to_string(), .token = crypto::random_hex(kTokenBytes)};
  BUSFLOW_CHECK(services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_CHECK(insert_refresh_token(transaction, {created.id, created.id, caller.tenant_id, caller.user_id},
                                       crypto::sha256_hex(created.token), context.clock.now(), expires_at,
                                       {.user_agent = origin.user_agent,
                                        .remote_address = origin.remote_address,
                                        .is_personal = true,
                                        .metadata = metadata}));
    return record_security_event(transaction, context.identifiers.next().to_string(), caller.user_id,
                                 "personal-access-token-created", origin.remote_address, context.clock.now());
  }));
  return created;
}

Result<SignedIn> PersonalAccessTokens::sign_in(Context& context, const Origin& origin, const std::string& token) const {
  return services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<SignedIn> {
    BUSFLOW_TRY(const auto row,
                find_personal_access_token(transaction, crypto::sha256_hex(token), context.clock.now()));
    if (!row) return fail(ErrorName::kInvalidPersonalAccessToken);
    BUSFLOW_TRY(const auto account, find_member(transaction, row->user_id, row->tenant_id));
    if (!account || account->is_disabled) return fail(ErrorName::kInvalidPersonalAccessToken);
    return start_session(*services_, context, transaction, *account, origin);
  });
}

}  // namespace busflow::identity
