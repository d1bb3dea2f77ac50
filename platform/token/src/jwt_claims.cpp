#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include <platform/token/jwt_secret.hpp>

#include "claims.hpp"

namespace busflow::token {
namespace {

std::unexpected<Error> unverified(std::string_view why) {
  return fail(ErrorName::kInvalidToken, fmt::format("Could not verify JWT: {}", why));
}

/// A JSONPath of names and numbers: "$.a['b c'][0]". Null when it leads nowhere.
const json::Value* follow(const json::Value& root, std::string_view path) {
  const json::Value* at = &root;
  if (path.starts_with('$')) path.remove_prefix(1);
  while (!path.empty() && at != nullptr) {
    std::string_view step;
    if (path.starts_with('[')) {
      const auto end = path.find(']');
      if (end == std::string_view::npos) return nullptr;
      step = path.substr(1, end - 1);
      path.remove_prefix(end + 1);
      if (step.size() >= 2 && (step.front() == '\'' || step.front() == '"')) step = step.substr(1, step.size() - 2);
    } else {
      if (path.starts_with('.')) path.remove_prefix(1);
      const auto end = path.find_first_of(".[");
      step = path.substr(0, end);
      path.remove_prefix(step.size());
    }
    if (at->is_object()) {
      at = at->get_object().if_contains(step);
    } else if (at->is_array()) {
      std::size_t index = 0;
      const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), index);
      const bool fits = error == std::errc() && end == step.data() + step.size() && index < at->get_array().size();
      at = fits ? &at->get_array()[index] : nullptr;
    } else {
      return nullptr;
    }
  }
  return at;
}

std::optional<std::int64_t> seconds(const json::Object& payload, std::string_view claim) {
  const json::Value* value = payload.if_contains(claim);
  if (value == nullptr) return std::nullopt;
  if (value->is_int64()) return value->get_int64();
  if (value->is_double()) return static_cast<std::int64_t>(value->get_double());
  return std::nullopt;
}

Result<void> check_audience(const JwtSecret& secret, const json::Object& payload) {
  if (secret.audiences.empty()) return {};
  const auto is_ours = [&](const json::Value& value) {
    return value.is_string() &&
           std::ranges::find(secret.audiences, std::string_view(value.get_string())) != secret.audiences.end();
  };
  const json::Value* audience = payload.if_contains("aud");
  const bool fits =
      audience != nullptr &&
      (is_ours(*audience) || (audience->is_array() && std::ranges::any_of(audience->get_array(), is_ours)));
  if (!fits) return unverified("JWTNotInAudience");
  return {};
}

Result<json::Object> claims_of(const JwtSecret& secret, const json::Value& payload) {
  if (!secret.claims_map.empty()) {
    json::Object claims;
    for (const auto& [name, mapping] : secret.claims_map) {
      const json::Value* found = mapping.path ? follow(payload, *mapping.path) : nullptr;
      if (found == nullptr && mapping.value) found = &*mapping.value;
      if (found != nullptr) claims[name] = *found;
    }
    return claims;
  }
  const json::Value* found = secret.claims_path ? follow(payload, *secret.claims_path)
                                                : payload.get_object().if_contains(secret.claims_namespace);
  if (found == nullptr) {
    return fail(ErrorName::kMissingRoleClaims,
                secret.claims_path ? fmt::format("claims not found at claims_namespace_path: '{}'", *secret.claims_path)
                                   : fmt::format("claims key: '{}' not found", secret.claims_namespace));
  }
  if (secret.claims_are_text) {
    if (!found->is_string()) return fail(ErrorName::kInvalidClaims, "the claims must be a text that holds JSON");
    auto inner = json::parse(found->get_string());
    if (!inner || !inner->is_object())
      return fail(ErrorName::kInvalidClaims, "the claims must be a text that holds a JSON object");
    return inner->get_object();
  }
  if (!found->is_object()) return fail(ErrorName::kInvalidClaims, "the claims must be an object");
  return found->get_object();
}

}  // namespace

Result<VerifiedToken> check_claims(const JwtSecret& secret, std::string_view payload_text, WallTime now) {
  const auto payload = json::parse(payload_text);
  if (!payload || !payload->is_object()) return unverified("the payload is no object");
  const json::Object& object = payload->get_object();
  const auto at = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const auto skew = secret.allowed_skew.count();
  const auto expiry = seconds(object, "exp");
  if (expiry && at - skew >= *expiry) return fail(ErrorName::kTokenExpired, "Could not verify JWT: JWTExpired");
  if (const auto from = seconds(object, "nbf"); from && at + skew < *from) return unverified("JWTNotYetValid");
  const json::Value* issuer = object.if_contains("iss");
  if (!secret.issuer.empty() &&
      (issuer == nullptr || !issuer->is_string() || std::string_view(issuer->get_string()) != secret.issuer))
    return unverified("JWTNotInIssuer");
  BUSFLOW_CHECK(check_audience(secret, object));
  BUSFLOW_TRY(const json::Object claims, claims_of(secret, *payload));
  VerifiedToken token;
  token.expires_at = expiry ? WallTime(std::chrono::seconds(*expiry + skew)) : WallTime::max();
  if (const json::Value* subject = object.if_contains("sub"); subject != nullptr && subject->is_string())
    token.subject = std::string_view(subject->get_string());
  BUSFLOW_CHECK(read_session_claims(claims, token));
  return token;
}

}  // namespace busflow::token
