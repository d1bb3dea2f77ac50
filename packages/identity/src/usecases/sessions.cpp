#include "usecases/sessions.hpp"

#include <fmt/format.h>

#include <platform/base/text.hpp>
#include <platform/crypto/digest.hpp>
#include <platform/crypto/random.hpp>

#include "custom_claims.hpp"
#include "storage/account_storage.hpp"
#include "storage/ticket_storage.hpp"
#include "storage/user_storage.hpp"

namespace busflow::identity {
namespace {

constexpr std::size_t kRefreshTokenBytes = 32;
constexpr std::chrono::minutes kSecondFactorTime{5};
constexpr std::string_view kSuccessor = "refresh-token-successor";

std::string access_token(const Services& services, const Account& account, const std::string& session_id, WallTime now,
                         bool is_elevated = false) {
  token::AccessTokenRequest request{.subject = account.user_id,
                                    .email = account.email,
                                    .default_role = account.default_role,
                                    .allowed_roles = account.allowed_roles,
                                    .variables = claims_of(account, services.options.custom_claims)};
  request.variables["x-hasura-session-id"] = session_id;
  request.variables["x-hasura-user-is-anonymous"] = account.is_anonymous ? "true" : "false";
  if (!account.tenant_id.empty()) {
    request.variables["x-hasura-tenant-id"] = account.tenant_id;
    request.variables["x-hasura-plan"] = account.plan;
  }
  if (is_elevated) request.variables["x-hasura-auth-elevated"] = account.user_id;
  return services.minter.mint(request, now);
}

SignedIn signed_in(const Services& services, const Account& account, const RefreshToken& row, std::string refresh_token,
                   WallTime now) {
  return {.account = account,
          .access_token = access_token(services, account, row.family_id, now),
          .refresh_token = std::move(refresh_token),
          .refresh_token_id = row.id};
}

Result<SignedIn> keep(const Services& services, Context& context, postgres::Transaction& transaction,
                      const Account& account, const Origin& origin, const std::string& family_id,
                      std::string refresh_token) {
  const WallTime now = context.clock.now();
  const RefreshToken row{context.identifiers.next().to_string(), family_id, account.tenant_id, account.user_id};
  BUSFLOW_CHECK(insert_refresh_token(transaction, row, crypto::sha256_hex(refresh_token), now,
                                     now + services.options.refresh_token_lifetime,
                                     {.user_agent = origin.user_agent, .remote_address = origin.remote_address}));
  return signed_in(services, account, row, std::move(refresh_token), now);
}

}  // namespace

Result<SignedIn> start_session(const Services& services, Context& context, postgres::Transaction& transaction,
                               const Account& account, const Origin& origin) {
  BUSFLOW_CHECK(delete_expired(transaction, context.clock.now()));
  return keep(services, context, transaction, account, origin, context.identifiers.next().to_string(),
              crypto::random_hex(kRefreshTokenBytes));
}

Result<SignedIn> start_elevated_session(const Services& services, Context& context, postgres::Transaction& transaction,
                                        const Account& account, const Origin& origin) {
  const auto family_id = context.identifiers.next().to_string();
  BUSFLOW_TRY(auto session,
              keep(services, context, transaction, account, origin, family_id, crypto::random_hex(kRefreshTokenBytes)));
  session.access_token = access_token(services, account, family_id, context.clock.now(), true);
  return session;
}

Result<SignInOutcome> enter(const Services& services, Context& context, postgres::Transaction& transaction,
                            const Account& account, const Origin& origin) {
  if (account.is_disabled) return fail(ErrorName::kUserDisabled);
  if (account.needs_second_factor()) {
    BUSFLOW_TRY(auto ticket, issue_ticket(transaction, account.user_id, TicketPurpose::kMfaTotp, context.clock.now(),
                                          kSecondFactorTime));
    return SecondFactorNeeded{std::move(ticket)};
  }
  BUSFLOW_TRY(auto session, start_session(services, context, transaction, account, origin));
  return session;
}

Result<SignInOutcome> Sessions::sign_in(Context& context, const Origin& origin, const std::string& email,
                                        const std::string& password) const {
  BUSFLOW_CHECK(admit_attempt(*services_, context, email, origin));
  if (password.size() > kLongestPassword) return fail(ErrorName::kInvalidCredentials);
  BUSFLOW_TRY(const auto account,
              services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) {
                return find_account(transaction, email);
              }));
  // The hash is checked even for nobody, or the time would tell which accounts exist. No connection is held meanwhile.
  const bool has_password = account && !account->password_hash.empty();
  const bool matches =
      crypto::verify_password(password, has_password ? account->password_hash : services_->hash_of_nobody);
  if (!account || !has_password || !matches) return fail(ErrorName::kInvalidCredentials);
  forget_attempts(*services_, context, email, origin);
  if (account->is_disabled) return fail(ErrorName::kUserDisabled);
  if (services_->options.needs_verified_email && !account->email_verified) return fail(ErrorName::kUserUnverified);
  std::string better_hash;
  if (crypto::needs_rehash(account->password_hash, services_->options.password_cost))
    better_hash = crypto::hash_password(password, services_->options.password_cost);
  return services_->pool.transact(context, kAsIdentity,
                                  [&](postgres::Transaction& transaction) -> Result<SignInOutcome> {
                                    if (!better_hash.empty())
                                      BUSFLOW_CHECK(set_password_hash(transaction, account->user_id, better_hash));
                                    return enter(*services_, context, transaction, *account, origin);
                                  });
}

/// What the first use of the token kept; nothing when the token is not, or no longer, good for it.
Result<std::optional<SignedIn>> Sessions::given_before(Context& context, postgres::Transaction& transaction,
                                                       const std::string& refresh_token,
                                                       const std::string& next) const {
  const WallTime now = context.clock.now();
  BUSFLOW_TRY(const auto used, find_used_refresh_token(transaction, crypto::sha256_hex(refresh_token),
                                                       now - services_->options.refresh_grace));
  if (!used) return std::nullopt;
  BUSFLOW_TRY(const auto account, find_member(transaction, used->user_id, used->tenant_id));
  if (!account || account->is_disabled) return std::nullopt;
  BUSFLOW_TRY(const auto row, find_refresh_token(transaction, crypto::sha256_hex(next), now));
  if (!row) return std::nullopt;
  return signed_in(*services_, *account, *row, next, now);
}

Result<void> Sessions::punish_reuse(Context& context, postgres::Transaction& transaction, const Origin& origin,
                                    const std::string& refresh_token) const {
  const std::string hash = crypto::sha256_hex(refresh_token);
  BUSFLOW_CHECK(revoke_family(transaction, hash, context.clock.now()));
  BUSFLOW_TRY(const auto owner, owner_of_refresh_token(transaction, hash));
  if (!owner) return {};
  return record_security_event(transaction, context.identifiers.next().to_string(), *owner, "refresh-token-refused",
                               origin.remote_address, context.clock.now());
}

Result<SignedIn> Sessions::refresh(Context& context, const Origin& origin, const std::string& refresh_token) const {
  const WallTime now = context.clock.now();
  // Only who has the key can tell what follows a token, so the successor need not be stored to be given twice.
  const std::string next = services_->vault.derive(kSuccessor, refresh_token);
  const Successor kept{.id = context.identifiers.next().to_string(),
                       .token_hash = crypto::sha256_hex(next),
                       .expires_at = now + services_->options.refresh_token_lifetime,
                       .user_agent = origin.user_agent,
                       .remote_address = origin.remote_address};
  BUSFLOW_TRY(const auto rotation,
              rotate_refresh_token(context, *services_->rotation, crypto::sha256_hex(refresh_token), kept));
  if (rotation) {
    const auto& account = rotation->account;
    return signed_in(*services_, account, {kept.id, rotation->family_id, account.tenant_id, account.user_id}, next,
                     now);
  }
  // A refusal must commit what it revokes, so it is an outcome of the transaction and not an error.
  auto outcome = services_->pool.transact(
      context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<std::optional<SignedIn>> {
        BUSFLOW_TRY(auto session, given_before(context, transaction, refresh_token, next));
        if (!session) BUSFLOW_CHECK(punish_reuse(context, transaction, origin, refresh_token));
        return session;
      });
  if (!outcome) return std::unexpected(outcome.error());
  std::optional<SignedIn>& session = *outcome;
  if (!session) return fail(ErrorName::kInvalidRefreshToken);
  return *std::move(session);
}

Result<void> Sessions::sign_out(Context& context, const std::string& refresh_token) const {
  return services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) {
    return revoke_family(transaction, crypto::sha256_hex(refresh_token), context.clock.now());
  });
}

Result<void> Sessions::sign_out_everywhere(Context& context, const Caller& caller, const Origin& origin) const {
  return services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_CHECK(end_sessions(transaction, caller.user_id, "", false, context.clock.now()));
    return record_security_event(transaction, context.identifiers.next().to_string(), caller.user_id,
                                 "signed-out-everywhere", origin.remote_address, context.clock.now());
  });
}

Result<SignedIn> Sessions::select_tenant(Context& context, const Caller& caller, const Origin& origin,
                                         const std::string& tenant_id) const {
  return services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<SignedIn> {
    BUSFLOW_TRY(const auto account, find_member(transaction, caller.user_id, tenant_id));
    if (!account || account->tenant_id != tenant_id)
      return fail(ErrorName::kPermissionDenied, "You do not work for this operator.");
    if (account->is_disabled) return fail(ErrorName::kUserDisabled);
    return start_session(*services_, context, transaction, *account, origin);
  });
}

Result<std::vector<Account>> Sessions::choices(Context& context, const Caller& caller) const {
  return services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) {
    return find_memberships(transaction, caller.user_id);
  });
}

Result<Account> Sessions::current(Context& context, const Caller& caller) const {
  return services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<Account> {
    BUSFLOW_TRY(auto account, find_member(transaction, caller.user_id, caller.tenant_id));
    if (!account || account->is_disabled) return fail(ErrorName::kInvalidToken);
    return *std::move(account);
  });
}

Result<std::vector<OpenSession>> Sessions::list(Context& context, const Caller& caller) const {
  return services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) {
    return open_sessions(transaction, caller.user_id, context.clock.now());
  });
}

Result<void> Sessions::end(Context& context, const Caller& caller, const std::string& session_id) const {
  return services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_TRY(const bool ended, end_session(transaction, caller.user_id, session_id, context.clock.now()));
    if (!ended) return fail(ErrorName::kNotFound, "There is no such session.");
    return {};
  });
}

}  // namespace busflow::identity
