#include <utility>

#include "routes/answer.hpp"
#include "routes/routes.hpp"
#include "routes/session_answer.hpp"
#include "usecases/personal_access_tokens.hpp"
#include "usecases/sessions.hpp"

namespace busflow::identity {
namespace {

json::Object to_object(const OpenSession& session, const Caller& caller) {
  return {{"id", session.id},
          {"tenantId", session.tenant_id.empty() ? json::Value() : json::Value(session.tenant_id)},
          {"userAgent", session.user_agent},
          {"remoteAddress", session.remote_address},
          {"startedAt", session.started_at},
          {"lastUsedAt", session.last_used_at},
          {"isPersonalAccessToken", session.is_personal},
          {"isCurrent", session.id == caller.session_id}};
}

json::Object to_choice(const Account& account) {
  return {{"tenantId", account.tenant_id.empty() ? json::Value() : json::Value(account.tenant_id)},
          {"tenantName", account.tenant_name},
          {"plan", account.plan},
          {"defaultRole", account.default_role}};
}

application::Route sign_in_route(const std::shared_ptr<const Services>& services) {
  return open_route(
      "POST", "/v1/auth/signin/email-password",
      [services, sessions = Sessions(services)](Context& context, const Call& call) -> Result<json::Value> {
        BUSFLOW_TRY(const auto email, call.body.text("email"));
        BUSFLOW_TRY(const auto password, call.body.text("password"));
        BUSFLOW_TRY(const auto outcome, sessions.sign_in(context, call.origin, email, password));
        return to_sign_in_object(outcome, services->minter.lifetime());
      });
}

application::Route refresh_route(const std::shared_ptr<const Services>& services) {
  return open_route(
      "POST", "/v1/auth/token",
      [services, sessions = Sessions(services)](Context& context, const Call& call) -> Result<json::Value> {
        BUSFLOW_TRY(const auto refresh_token, call.body.text("refreshToken"));
        BUSFLOW_TRY(const auto session, sessions.refresh(context, call.origin, refresh_token));
        return to_session_object(session, services->minter.lifetime());
      });
}

/// The token of the body, else the one of the header.
application::Route verify_route(const std::shared_ptr<const Services>& services) {
  return open_route("POST", "/v1/auth/token/verify", [services](Context&, const Call& call) -> Result<json::Value> {
    BUSFLOW_TRY(const auto token, call.body.optional_text("token"));
    BUSFLOW_TRY(const auto bearer, token::bearer_token(call.request.header("authorization")));
    if (!token && !bearer) return fail(ErrorName::kAuthenticationRequired);
    BUSFLOW_CHECK(services->verifier.verify(token ? std::string_view(*token) : *bearer));
    return ok();
  });
}

/// What others verify our tokens with; nothing where they are signed with a shared secret.
application::Route key_set_route(const std::shared_ptr<const Services>& services) {
  return {"GET", "/v1/auth/.well-known/jwks.json",
          [services](Context&, const application::RouteRequest&) -> Result<application::RouteResponse> {
            return application::RouteResponse{.body = services->minter.public_key_set(),
                                              .headers = {{"cache-control", "public, max-age=300"}}};
          }};
}

application::Route sign_out_route(const std::shared_ptr<const Services>& services) {
  return open_route(
      "POST", "/v1/auth/signout",
      [services, sessions = Sessions(services)](Context& context, const Call& call) -> Result<json::Value> {
        BUSFLOW_TRY(const auto refresh_token, call.body.optional_text("refreshToken"));
        BUSFLOW_TRY(const bool everywhere, call.body.optional_boolean("all"));
        if (everywhere) {
          BUSFLOW_TRY(const auto caller, caller_of(*services, call.request));
          BUSFLOW_CHECK(sessions.sign_out_everywhere(context, caller, call.origin));
        } else if (refresh_token) {
          BUSFLOW_CHECK(sessions.sign_out(context, *refresh_token));
        }
        return ok();
      });
}

Routes tenant_routes(const std::shared_ptr<const Services>& services) {
  const Sessions sessions(services);
  const auto list = [sessions](Context& context, const Call&, const Caller& caller) -> Result<json::Value> {
    BUSFLOW_TRY(const auto choices, sessions.choices(context, caller));
    json::Array list;
    for (const auto& choice : choices) list.emplace_back(to_choice(choice));
    return list;
  };
  const auto select = [services, sessions](Context& context, const Call& call,
                                           const Caller& caller) -> Result<json::Value> {
    BUSFLOW_TRY(const auto tenant_id, call.body.uuid("tenantId"));
    BUSFLOW_TRY(const auto session, sessions.select_tenant(context, caller, call.origin, tenant_id.to_string()));
    return to_session_payload(session, services->minter.lifetime());
  };
  return {user_route("GET", "/v1/auth/tenants", services, list),
          user_route("POST", "/v1/auth/select-tenant", services, select)};
}

Routes list_routes(const std::shared_ptr<const Services>& services) {
  const Sessions sessions(services);
  const auto list = [sessions](Context& context, const Call&, const Caller& caller) -> Result<json::Value> {
    BUSFLOW_TRY(const auto open, sessions.list(context, caller));
    json::Array list;
    for (const auto& session : open) list.emplace_back(to_object(session, caller));
    return list;
  };
  const auto end = [sessions](Context& context, const Call& call, const Caller& caller) -> Result<json::Value> {
    BUSFLOW_CHECK(sessions.end(context, caller, call.request.path_parameters.at("id")));
    return ok();
  };
  return {user_route("GET", "/v1/auth/user/sessions", services, list),
          user_route("DELETE", "/v1/auth/user/sessions/{id}", services, end)};
}

Routes personal_token_routes(const std::shared_ptr<const Services>& services) {
  const PersonalAccessTokens tokens(services);
  const auto create = [tokens](Context& context, const Call& call, const Caller& caller) -> Result<json::Value> {
    BUSFLOW_TRY(const auto expires_at, call.body.time("expiresAt"));
    BUSFLOW_TRY(const auto metadata, call.body.optional_object("metadata"));
    BUSFLOW_TRY(const auto created, tokens.create(context, caller, call.origin, expires_at,
                                                  metadata ? json::serialize(metadata->fields()) : "{}"));
    return json::Object{{"id", created.id}, {"personalAccessToken", created.token}};
  };
  const auto sign_in = [services, tokens](Context& context, const Call& call) -> Result<json::Value> {
    BUSFLOW_TRY(const auto token, call.body.text("personalAccessToken"));
    BUSFLOW_TRY(const auto session, tokens.sign_in(context, call.origin, token));
    return to_session_payload(session, services->minter.lifetime());
  };
  return {sensitive_route("POST", "/v1/auth/pat", services, create),
          open_route("POST", "/v1/auth/signin/pat", sign_in)};
}

}  // namespace

Routes session_routes(const std::shared_ptr<const Services>& services) {
  Routes routes{only_with(Method::kPassword, *services, sign_in_route(services)), refresh_route(services),
                verify_route(services), sign_out_route(services), key_set_route(services)};
  for (const auto& more : {tenant_routes(services), list_routes(services), personal_token_routes(services)})
    routes.insert(routes.end(), more.begin(), more.end());
  return routes;
}

}  // namespace busflow::identity
