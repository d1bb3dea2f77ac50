#include "usecases/sessions.hpp"

#include <map>
#include <optional>

#include <fmt/format.h>

#include <platform/base/text.hpp>
#include <platform/crypto/digest.hpp>
#include <platform/crypto/random.hpp>

#include "storage/account_storage.hpp"
#include "storage/refresh_token_storage.hpp"

namespace busflow::identity {
namespace {

const postgres::TransactionOptions kTransaction{.database_role = "busflow_identity"};
constexpr std::size_t kRefreshTokenBytes = 32;

std::string access_token(const token::Minter& minter, const Account& account, WallTime now) {
  token::AccessTokenRequest request{.subject = account.user_id,
                                    .email = account.email,
                                    .default_role = account.default_role,
                                    .allowed_roles = account.allowed_roles,
                                    .variables = {}};
  if (!account.is_staff()) {
    request.variables = {{"x-hasura-tenant-id", account.tenant_id}, {"x-hasura-plan", account.plan}};
  }
  return minter.mint(request, now);
}

}  // namespace

Sessions::Sessions(Dependencies dependencies)
    : pool_(dependencies.pool),
      minter_(dependencies.minter),
      options_(dependencies.options),
      hash_of_nobody_(crypto::hash_password(crypto::random_hex(16), options_.password_cost)),
      throttle_(options_.failed_sign_ins) {}

Result<SignedIn> Sessions::sign_in(Context& context, const std::string& email, const std::string& password) {
  const std::string key = lower_case(email);
  if (const auto wait = throttle_.wait(key, context.clock.steady_now())) {
    return fail(ErrorName::kTooManyRequests,
                fmt::format("Too many failed sign-ins. Try again in {} seconds.", wait->count()));
  }
  BUSFLOW_TRY(const auto account, pool_.transact(context, kTransaction, [&](postgres::Transaction& transaction) {
    return find_account(transaction, email);
  }));
  // The hash is checked even for nobody, or the time would tell which accounts exist. No connection is held meanwhile.
  const bool matches = crypto::verify_password(password, account ? account->password_hash : hash_of_nobody_);
  if (!account || !matches || account->is_disabled) {
    throttle_.record_failure(key, context.clock.steady_now());
    return fail(ErrorName::kInvalidCredentials);
  }
  throttle_.forget(key);
  return pool_.transact(context, kTransaction, [&](postgres::Transaction& transaction) -> Result<SignedIn> {
    BUSFLOW_CHECK(delete_expired(transaction, context.clock.now()));
    return start(context, transaction, *account, context.identifiers.next().to_string());
  });
}

Result<SignedIn> Sessions::refresh(Context& context, const std::string& refresh_token) {
  const std::string hash = crypto::sha256_hex(refresh_token);
  // A refusal must commit what it revokes, so it is an outcome of the transaction and not an error.
  auto outcome =
      pool_.transact(context, kTransaction, [&](postgres::Transaction& transaction) -> Result<std::optional<SignedIn>> {
        BUSFLOW_TRY(const auto used, use_refresh_token(transaction, hash, context.clock.now()));
        std::optional<Account> account;
        if (used) {
          BUSFLOW_TRY(account, find_member(transaction, used->user_id, used->tenant_id));
        }
        if (!account || account->is_disabled) {
          BUSFLOW_CHECK(revoke_family(transaction, hash, context.clock.now()));
          return std::nullopt;
        }
        BUSFLOW_TRY(auto session, start(context, transaction, *account, used->family_id));
        return session;
      });
  if (!outcome) return std::unexpected(outcome.error());
  std::optional<SignedIn>& session = *outcome;
  if (!session) return fail(ErrorName::kInvalidRefreshToken);
  return *std::move(session);
}

Result<void> Sessions::sign_out(Context& context, const std::string& refresh_token) {
  return pool_.transact(context, kTransaction, [&](postgres::Transaction& transaction) {
    return revoke_family(transaction, crypto::sha256_hex(refresh_token), context.clock.now());
  });
}

Result<SignedIn> Sessions::start(Context& context, postgres::Transaction& transaction, const Account& account,
                                 const std::string& family_id) {
  const WallTime now = context.clock.now();
  SignedIn session{.account = account,
                   .access_token = access_token(minter_, account, now),
                   .refresh_token = crypto::random_hex(kRefreshTokenBytes),
                   .refresh_token_id = context.identifiers.next().to_string()};
  BUSFLOW_CHECK(
      insert_refresh_token(transaction, {session.refresh_token_id, family_id, account.tenant_id, account.user_id},
                           crypto::sha256_hex(session.refresh_token), now, now + options_.refresh_token_lifetime));
  return session;
}

}  // namespace busflow::identity
