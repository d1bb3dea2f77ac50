#include <platform/token/verifier.hpp>

#include <algorithm>
#include <mutex>

#include <fmt/format.h>

#include <platform/token/signing_keys.hpp>

#include "claims.hpp"

namespace busflow::token {
namespace {

constexpr std::size_t kLongestToken = 16384;
constexpr const char* kBadSignature = "Could not verify JWT: JWSError JWSInvalidSignature";

std::unexpected<Error> expired() { return fail(ErrorName::kTokenExpired, "Could not verify JWT: JWTExpired"); }

}  // namespace

Result<std::optional<std::string_view>> bearer_token(std::optional<std::string_view> authorization) {
  if (!authorization) return std::optional<std::string_view>{};
  constexpr std::string_view kScheme = "bearer ";
  const auto scheme = authorization->substr(0, kScheme.size());
  const bool fits =
      scheme.size() == kScheme.size() &&
      std::ranges::equal(scheme, kScheme, [](unsigned char a, unsigned char b) { return std::tolower(a) == b; });
  const auto token = fits ? authorization->substr(kScheme.size()) : std::string_view{};
  if (token.empty() || token.contains(' '))
    return fail(ErrorName::kAuthenticationRequired, "Malformed Authorization header");
  return std::optional(token);
}

Result<Session> session_for(const VerifiedToken& token, std::optional<std::string_view> requested_role) {
  const std::string role(requested_role.value_or(token.default_role));
  if (std::ranges::find(token.allowed_roles, role) == token.allowed_roles.end()) {
    return fail(ErrorName::kRoleNotAllowed, "Your requested role is not in allowed roles");
  }
  auto variables = token.variables;
  variables["x-hasura-role"] = role;
  return Session(role, std::move(variables));
}

Result<std::unique_ptr<Verifier>> Verifier::create(std::string_view keys, std::string issuer, const Clock& clock) {
  BUSFLOW_TRY(auto read, SigningKeys::read(keys));
  return std::unique_ptr<Verifier>(new Verifier(read.verification_keys(), std::move(issuer), clock));
}

Result<std::shared_ptr<const VerifiedToken>> Verifier::verify(std::string_view token) const {
  auto& shard = shards_[Hash{}(token) % kShards];
  {
    const std::shared_lock lock(shard.mutex);
    const auto known = shard.tokens.find(token);
    if (known != shard.tokens.end()) {
      if (clock_.now() >= known->second->expires_at) return expired();
      return known->second;
    }
  }
  auto checked = check(token);
  if (checked) remember(shard, token, *checked);
  return checked;
}

Result<std::shared_ptr<const VerifiedToken>> Verifier::check(std::string_view token) const {
  if (token.size() > kLongestToken)
    return fail(ErrorName::kInvalidToken, fmt::format("the JWT has more than {} bytes", kLongestToken));
  const auto taken = take_apart(token);
  // The algorithm is each key's to choose, not the token's.
  const bool is_ours =
      taken && std::ranges::any_of(keys_, [&](const VerificationKey& key) {
        return (taken->key_id.empty() || key.id.empty() || taken->key_id == key.id) && is_signed_by(*taken, key);
      });
  if (!is_ours) return fail(ErrorName::kInvalidToken, kBadSignature);
  BUSFLOW_TRY(auto verified, read_claims(taken->payload, issuer_));
  if (clock_.now() >= verified.expires_at) return expired();
  return std::make_shared<const VerifiedToken>(std::move(verified));
}

void Verifier::remember(Shard& shard, std::string_view token, std::shared_ptr<const VerifiedToken> verified) const {
  const std::unique_lock lock(shard.mutex);
  if (shard.tokens.size() >= kShardLimit) {
    std::erase_if(shard.tokens, [now = clock_.now()](const auto& entry) { return now >= entry.second->expires_at; });
    // Full of valid ones: start again rather than grow; checking anew is only slower.
    if (shard.tokens.size() >= kShardLimit) shard.tokens.clear();
  }
  shard.tokens.emplace(token, std::move(verified));
}

}  // namespace busflow::token
