#include "routes/session_answer.hpp"

namespace busflow::identity {
namespace {

json::Object to_metadata(const Account& account) {
  const auto own = json::parse(account.metadata);
  json::Object metadata = own && own->is_object() ? own->get_object() : json::Object();
  if (account.tenant_id.empty()) return metadata;
  metadata["tenantId"] = account.tenant_id;
  metadata["tenantName"] = account.tenant_name;
  metadata["plan"] = account.plan;
  return metadata;
}

json::Value text_or_null(const std::string& text) { return text.empty() ? json::Value() : json::Value(text); }

}  // namespace

json::Object to_user_object(const Account& account) {
  json::Array roles;
  for (const auto& role : account.allowed_roles) roles.emplace_back(role);
  return {{"id", account.user_id},
          {"email", text_or_null(account.email)},
          {"displayName", account.display_name},
          {"avatarUrl", account.avatar_url},
          {"locale", account.locale},
          {"createdAt", account.created_at},
          {"isAnonymous", account.is_anonymous},
          {"defaultRole", account.default_role},
          {"roles", std::move(roles)},
          {"emailVerified", account.email_verified},
          {"phoneNumber", text_or_null(account.phone_number)},
          {"phoneNumberVerified", account.phone_number_verified},
          {"activeMfaType", text_or_null(account.active_mfa_type)},
          {"metadata", to_metadata(account)}};
}

json::Object to_sign_in_object(const SignInOutcome& outcome, std::chrono::seconds access_token_lifetime) {
  if (const auto* factor = std::get_if<SecondFactorNeeded>(&outcome))
    return {{"session", nullptr}, {"mfa", json::Object{{"ticket", factor->ticket}}}};
  return {{"session", to_session_object(std::get<SignedIn>(outcome), access_token_lifetime)}, {"mfa", nullptr}};
}

json::Object to_session_object(const SignedIn& signed_in, std::chrono::seconds access_token_lifetime) {
  return {{"accessToken", signed_in.access_token},
          {"accessTokenExpiresIn", access_token_lifetime.count()},
          {"refreshTokenId", signed_in.refresh_token_id},
          {"refreshToken", signed_in.refresh_token},
          {"user", to_user_object(signed_in.account)}};
}

json::Object to_session_payload(const SignedIn& signed_in, std::chrono::seconds access_token_lifetime) {
  return {{"session", to_session_object(signed_in, access_token_lifetime)}};
}

}  // namespace busflow::identity
