#include "claims.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <platform/base/text.hpp>
#include <platform/token/minter.hpp>

namespace busflow::token {
namespace {

std::unexpected<Error> invalid_claims(std::string detail) { return fail(ErrorName::kInvalidClaims, std::move(detail)); }

/// Arrays become PostgreSQL array literals, so that permissions can compare with _in.
Result<std::string> claim_text(std::string_view name, const json::Value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_int64()) return std::to_string(value.get_int64());
  if (!value.is_array()) return invalid_claims(fmt::format("claim {} must be text", name));
  std::string literal;
  for (const auto& item : value.get_array()) {
    if (!item.is_string()) return invalid_claims(fmt::format("claim {} must be a list of texts", name));
    std::string escaped;
    for (const char c : item.get_string()) {
      if (c == '"' || c == '\\') escaped.push_back('\\');
      escaped.push_back(c);
    }
    literal += fmt::format("{}\"{}\"", literal.empty() ? "" : ",", escaped);
  }
  return "{" + literal + "}";
}

Result<std::vector<std::string>> read_allowed_roles(const json::Object& claims) {
  const auto* roles = claims.if_contains("x-hasura-allowed-roles");
  if (roles == nullptr) return fail(ErrorName::kMissingRoleClaims, "JWT claim does not contain x-hasura-allowed-roles");
  if (!roles->is_array()) return invalid_claims("invalid x-hasura-allowed-roles; should be a list of roles");
  std::vector<std::string> result;
  for (const auto& role : roles->get_array()) {
    if (!role.is_string()) return invalid_claims("invalid x-hasura-allowed-roles; should be a list of roles");
    result.emplace_back(role.get_string());
  }
  return result;
}

}  // namespace

Result<void> read_session_claims(const json::Object& claims, VerifiedToken& token) {
  BUSFLOW_TRY(token.allowed_roles, read_allowed_roles(claims));
  const auto* default_role = claims.if_contains("x-hasura-default-role");
  if (default_role == nullptr)
    return fail(ErrorName::kMissingRoleClaims, "JWT claim does not contain x-hasura-default-role");
  if (!default_role->is_string()) return invalid_claims("invalid x-hasura-default-role; should be a role");
  token.default_role = default_role->get_string();
  if (std::ranges::find(token.allowed_roles, token.default_role) == token.allowed_roles.end()) {
    return fail(ErrorName::kRoleNotAllowed, "Your default role is not in allowed roles");
  }
  for (const auto& [key, value] : claims) {
    const auto name = lower_case(key);
    if (!name.starts_with("x-hasura-")) continue;
    BUSFLOW_TRY(token.variables[name], claim_text(name, value));
  }
  return {};
}

Result<VerifiedToken> read_claims(std::string_view payload, std::string_view issuer) {
  const auto parsed = json::parse(payload);
  if (!parsed || !parsed->is_object()) return invalid_claims("the payload of the JWT is no object");
  const auto& root = parsed->get_object();
  const auto* expiry = root.if_contains("exp");
  if (expiry == nullptr || !expiry->is_int64()) return invalid_claims("the JWT has no 'exp' claim");
  const auto* iss = root.if_contains("iss");
  if (iss == nullptr || !iss->is_string() || std::string_view(iss->get_string()) != issuer) {
    return fail(ErrorName::kInvalidToken, "Could not verify JWT: JWTNotInIssuer");
  }
  const auto* namespaced = root.if_contains(kClaimsNamespace);
  if (namespaced == nullptr || !namespaced->is_object()) {
    return fail(ErrorName::kMissingRoleClaims, fmt::format("claims key: '{}' not found", kClaimsNamespace));
  }
  const auto& claims = namespaced->get_object();
  VerifiedToken token;
  token.expires_at = WallTime(std::chrono::seconds(expiry->get_int64()));
  if (const auto* subject = root.if_contains("sub"); subject != nullptr && subject->is_string())
    token.subject = subject->get_string();
  BUSFLOW_CHECK(read_session_claims(claims, token));
  return token;
}

}  // namespace busflow::token
