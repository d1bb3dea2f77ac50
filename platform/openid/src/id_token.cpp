#include "id_token.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <platform/base/text.hpp>
#include <platform/crypto/digest.hpp>

namespace busflow::openid {
namespace {

constexpr std::chrono::seconds kSkew{60};  // Between two servers' clocks.
constexpr std::size_t kLongestSubject = 255;
constexpr std::size_t kLongestPicture = 2000;

std::unexpected<Error> refuse(std::string_view reason) {
  return fail(ErrorName::kInvalidToken, fmt::format("the provider's ID token is not valid: {}", reason));
}

/// Apple writes "true" where others write true.
bool is_true(const json::Object& claims, std::string_view name) {
  const auto* value = claims.if_contains(name);
  if (value == nullptr) return false;
  if (value->is_string()) return value->get_string() == "true" || value->get_string() == "1";
  return value->is_bool() ? value->get_bool() : value->is_int64() && value->get_int64() == 1;
}

std::optional<WallTime> time_of(const json::Object& claims, std::string_view name) {
  const auto* value = claims.if_contains(name);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  const auto seconds = value->to_number<double>();
  if (!(seconds >= 0 && seconds < 1e11)) return std::nullopt;
  return WallTime(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

Result<void> check_audience(const json::Object& claims, const std::vector<std::string>& ours) {
  const auto is_ours = [&](std::string_view name) { return std::ranges::find(ours, name) != ours.end(); };
  const auto is_for_us = [&](const json::Value& name) { return name.is_string() && is_ours(name.get_string()); };
  const auto* audience = claims.if_contains("aud");
  if (audience == nullptr) return refuse("it names no audience");
  const auto* several = audience->if_array();
  const bool fits = several != nullptr ? std::ranges::any_of(*several, is_for_us) : is_for_us(*audience);
  if (!fits) return refuse("it is for somebody else");
  const auto party = text_of(claims, "azp");
  const bool needs_party = several != nullptr && several->size() > 1;
  if ((needs_party || !party.empty()) && !is_ours(party)) return refuse("it was made for somebody else");
  return {};
}

Result<void> check_times(const json::Object& claims, WallTime now) {
  const auto expires_at = time_of(claims, "exp");
  const auto issued_at = time_of(claims, "iat");
  if (!expires_at || !issued_at) return refuse("it does not say when it was made and when it expires");
  if (*expires_at + kSkew <= now) return refuse("it has expired");
  if (*issued_at > now + kSkew) return refuse("it comes from the future");
  if (const auto not_before = time_of(claims, "nbf"); not_before && *not_before > now + kSkew)
    return refuse("it is not valid yet");
  return {};
}

/// Entra's common endpoint writes the directory of each user in place of "{tenantid}".
std::string issuer_for(const json::Object& claims, std::string issuer) {
  constexpr std::string_view kPlaceholder = "{tenantid}";
  const auto at = issuer.find(kPlaceholder);
  if (at == std::string::npos) return issuer;
  const auto tenant = text_of(claims, "tid");
  return tenant.empty() ? issuer : issuer.replace(at, kPlaceholder.size(), tenant);
}

}  // namespace

std::string text_of(const json::Object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string safe_picture(std::string address) {
  const bool is_plain = std::ranges::all_of(address, [](unsigned char c) { return c > ' ' && c < 0x7f && c != '"'; });
  return address.starts_with("https://") && is_plain && address.size() <= kLongestPicture ? address : std::string();
}

bool has_key_for(const token::UnverifiedToken& token, const token::KeySet& keys) {
  return std::ranges::any_of(
      keys, [&](const token::VerificationKey& key) { return token.key_id.empty() || key.id == token.key_id; });
}

bool is_signed_by_one_of(const token::UnverifiedToken& token, const token::KeySet& keys) {
  return std::ranges::any_of(keys, [&](const token::VerificationKey& key) {
    const bool is_meant = token.key_id.empty() || key.id == token.key_id;
    return is_meant && key.public_key != nullptr && !token.algorithm.starts_with("HS") && is_signed_by(token, key);
  });
}

Result<Profile> check_id_claims(const std::vector<std::string>& audiences, const std::string& issuer,
                                const token::UnverifiedToken& token, const std::string& nonce, WallTime now) {
  const auto parsed = json::parse(token.payload);
  if (!parsed || !parsed->is_object()) return refuse("its claims are no JSON object");
  const json::Object& claims = parsed->get_object();
  if (text_of(claims, "iss") != issuer_for(claims, issuer)) return refuse("somebody else issued it");
  BUSFLOW_CHECK(check_audience(claims, audiences));
  BUSFLOW_CHECK(check_times(claims, now));
  const auto shown = text_of(claims, "nonce");
  if (shown != nonce && (nonce.empty() || shown != crypto::sha256_hex(nonce)))
    return refuse("it belongs to another sign-in");
  Profile profile{.subject = text_of(claims, "sub"),
                  .email = lower_case(text_of(claims, "email")),
                  .email_verified = is_true(claims, "email_verified") || is_true(claims, "xms_edov"),
                  .display_name = text_of(claims, "name"),
                  .avatar_url = safe_picture(text_of(claims, "picture")),
                  .locale = text_of(claims, "locale")};
  if (profile.subject.empty() || profile.subject.size() > kLongestSubject) return refuse("it does not say whose it is");
  return profile;
}

}  // namespace busflow::openid
