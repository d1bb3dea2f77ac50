#include "session_answer.hpp"

namespace busflow::identity {
namespace {

json::Object to_metadata(const Account& account) {
  if (account.is_staff()) return {};
  return {{"tenantId", account.tenant_id}, {"tenantName", account.tenant_name}, {"plan", account.plan}};
}

json::Object to_user_object(const Account& account) {
  json::Array roles;
  for (const auto& role : account.allowed_roles) roles.emplace_back(role);
  return {{"id", account.user_id},
          {"email", account.email},
          {"displayName", account.display_name},
          {"avatarUrl", ""},
          {"locale", account.locale},
          {"createdAt", account.created_at},
          {"isAnonymous", false},
          {"defaultRole", account.default_role},
          {"roles", std::move(roles)},
          {"emailVerified", true},
          {"phoneNumber", nullptr},
          {"phoneNumberVerified", false},
          {"activeMfaType", nullptr},
          {"metadata", to_metadata(account)}};
}

}  // namespace

json::Object to_session_object(const SignedIn& signed_in, std::chrono::seconds access_token_lifetime) {
  return {{"accessToken", signed_in.access_token},
          {"accessTokenExpiresIn", access_token_lifetime.count()},
          {"refreshTokenId", signed_in.refresh_token_id},
          {"refreshToken", signed_in.refresh_token},
          {"user", to_user_object(signed_in.account)}};
}

}  // namespace busflow::identity
