#include <platform/token/verifier.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <platform/token/signing_keys.hpp>

#include "claims.hpp"

namespace busflow::token {
namespace {

constexpr std::size_t kLongestToken = 16384;
constexpr const char* kBadSignature = "Could not verify JWT: JWSError JWSInvalidSignature";

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
  const auto now = clock_.now();
  if (auto known = memory_.find(token, now)) return known;
  auto checked = check(token);
  if (checked) memory_.keep(token, *checked, now);
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
  if (clock_.now() >= verified.expires_at) return fail(ErrorName::kTokenExpired, "Could not verify JWT: JWTExpired");
  return std::make_shared<const VerifiedToken>(std::move(verified));
}

}  // namespace busflow::token
