#include <fmt/format.h>

#include <platform/json/json.hpp>
#include <platform/web_address/web_address.hpp>

#include "routes/answer.hpp"
#include "routes/routes.hpp"
#include "routes/session_answer.hpp"
#include "usecases/federated_sign_in.hpp"
#include "usecases/landing.hpp"
#include "usecases/security_keys.hpp"

namespace busflow::identity {
namespace {

using application::RouteRequest;
using application::RouteResponse;

constexpr std::string_view kCookie = "busflow_provider";

/// Ties a sign-in to the browser in which it began: without it, somebody could sign others in as themselves.
std::string binding_cookie(const Services& services, const std::string& binding) {
  const auto address = web_address::parse(services.options.server_url);
  const bool is_secure = services.options.server_url.starts_with("https://");
  // Apple answers by a form from its own page, with which browsers send no "Lax" cookie.
  return fmt::format("{}={}; Path={}/signin/provider; Max-Age=600; HttpOnly; {}", kCookie, binding,
                     address ? address->path : "/v1/auth", is_secure ? "Secure; SameSite=None" : "SameSite=Lax");
}

/// A field of a form that was posted; forms of providers are small.
std::string form_field(std::string_view form, std::string_view name) {
  return web_address::form_field(form, name).value_or("");
}

/// {"name": {"firstName": …, "lastName": …}}
std::string apple_name(const std::string& user) {
  const auto parsed = json::parse(user);
  if (!parsed || !parsed->is_object()) return {};
  const auto* name = parsed->get_object().if_contains("name");
  if (name == nullptr || !name->is_object()) return {};
  std::string text;
  for (const auto* part : {"firstName", "lastName"}) {
    const auto* value = name->get_object().if_contains(part);
    if (value == nullptr || !value->is_string()) continue;
    if (!text.empty()) text += ' ';
    text += value->get_string();
  }
  return text;
}

Result<NewUser> read_query(const RouteRequest& request) {
  NewUser about{.display_name = parameter(request, "displayName"), .redirect_to = parameter(request, "redirectTo")};
  if (const auto locale = parameter(request, "locale"); !locale.empty()) about.locale = locale;
  if (const auto metadata = parameter(request, "metadata"); !metadata.empty()) {
    BUSFLOW_TRY(const auto value, json::parse(metadata));
    BUSFLOW_TRY(const auto fields, json::Reader::from(value, "$.metadata"));
    about.metadata = json::serialize(fields.fields());
  }
  return about;
}

application::Route begin_route(const std::shared_ptr<const Services>& services) {
  return {"GET", "/v1/auth/signin/provider/{provider}",
          [services, federated = FederatedSignIn(services)](Context& context,
                                                            const RouteRequest& request) -> Result<RouteResponse> {
            const auto work = [&]() -> Result<FederatedSignIn::Beginning> {
              BUSFLOW_TRY(const auto about, read_query(request));
              std::optional<Caller> caller;
              if (const auto token = parameter(request, "connect"); !token.empty()) {
                BUSFLOW_TRY(caller, caller_of(*services, token));
                BUSFLOW_CHECK(check_elevation(*services, context, *caller));
              }
              return federated.begin(context, request.path_parameters.at("provider"), caller, cookie(request, kCookie),
                                     about);
            };
            const auto beginning = work();
            if (!beginning && beginning.error().name == ErrorName::kInternal) return std::unexpected(beginning.error());
            if (!beginning) return to_response(beginning.error());
            auto response = redirect_to_address(beginning->address);
            response.headers.emplace_back("set-cookie", binding_cookie(*services, beginning->binding));
            return response;
          }};
}

Result<RouteResponse> finish(const Services& services, const FederatedSignIn& federated, Context& context,
                             const RouteRequest& request, FederatedSignIn::Callback callback) {
  callback.binding = cookie(request, kCookie);
  auto address = federated.finish(context, origin_of(request), request.path_parameters.at("provider"), callback);
  if (!address && address.error().name == ErrorName::kInternal) return std::unexpected(address.error());
  return redirect_to_address(address ? *address : landing_address(services.redirects.client_url(), address.error()));
}

Routes callback_routes(const std::shared_ptr<const Services>& services) {
  const FederatedSignIn federated(services);
  constexpr auto kPath = "/v1/auth/signin/provider/{provider}/callback";
  return {{"GET", kPath,
           [services, federated](Context& context, const RouteRequest& request) {
             return finish(*services, federated, context, request,
                           {.state = parameter(request, "state"),
                            .code = parameter(request, "code"),
                            .error = parameter(request, "error"),
                            .error_description = parameter(request, "error_description"),
                            .display_name = {},
                            .binding = {}});
           }},
          {"POST", kPath, [services, federated](Context& context, const RouteRequest& request) {
             return finish(*services, federated, context, request,
                           {.state = form_field(request.body, "state"),
                            .code = form_field(request.body, "code"),
                            .error = form_field(request.body, "error"),
                            .error_description = form_field(request.body, "error_description"),
                            .display_name = apple_name(form_field(request.body, "user")),
                            .binding = {}});
           }}};
}

struct IdToken {
  std::string provider;
  std::string token;
  std::string nonce;
};

Result<IdToken> read_id_token(const json::Reader& body) {
  IdToken read;
  BUSFLOW_TRY(read.provider, body.text("provider"));
  BUSFLOW_TRY(read.token, body.text("idToken"));
  BUSFLOW_TRY(const auto nonce, body.optional_text("nonce"));
  read.nonce = nonce.value_or("");
  return read;
}

Routes id_token_routes(const std::shared_ptr<const Services>& services) {
  const FederatedSignIn federated(services);
  const auto sign_in = [services, federated](Context& context, const Call& call) -> Result<json::Value> {
    BUSFLOW_TRY(const auto shown, read_id_token(call.body));
    BUSFLOW_TRY(const auto about, read_options(call.body));
    BUSFLOW_TRY(const auto outcome,
                federated.with_id_token(context, call.origin, shown.provider, shown.token, shown.nonce, about));
    return to_sign_in_object(outcome, services->minter.lifetime());
  };
  const auto link = [federated](Context& context, const Call& call, const Caller& caller) -> Result<json::Value> {
    BUSFLOW_TRY(const auto shown, read_id_token(call.body));
    BUSFLOW_CHECK(federated.link_id_token(context, caller, call.origin, shown.provider, shown.token, shown.nonce));
    return ok();
  };
  return {open_route("POST", "/v1/auth/signin/idtoken", sign_in),
          sensitive_route("POST", "/v1/auth/link/idtoken", services, link)};
}

Routes linked_routes(const std::shared_ptr<const Services>& services) {
  const FederatedSignIn federated(services);
  const auto list = [federated](Context& context, const Call&, const Caller& caller) -> Result<json::Value> {
    BUSFLOW_TRY(const auto linked, federated.list(context, caller));
    json::Array list;
    for (const auto& one : linked)
      list.emplace_back(json::Object{{"provider", one.provider}, {"email", one.email}, {"createdAt", one.created_at}});
    return list;
  };
  const auto unlink = [federated](Context& context, const Call& call, const Caller& caller) -> Result<json::Value> {
    BUSFLOW_CHECK(federated.unlink(context, caller, call.origin, call.request.path_parameters.at("provider")));
    return ok();
  };
  return {user_route("GET", "/v1/auth/user/providers", services, list),
          sensitive_route("DELETE", "/v1/auth/user/providers/{provider}", services, unlink)};
}

/// What a sign-in page offers.
application::Route methods_route(const std::shared_ptr<const Services>& services) {
  return open_route("GET", "/v1/auth/methods", [services](Context&, const Call&) -> Result<json::Value> {
    json::Array methods;
    for (const auto method : services->options.methods) methods.emplace_back(to_text(method));
    json::Array providers;
    for (const auto& provider : services->providers)
      providers.emplace_back(json::Object{{"id", provider.settings().id}, {"name", provider.settings().name}});
    return json::Object{{"methods", std::move(methods)},
                        {"providers", std::move(providers)},
                        {"securityKeySite", services->site.id},
                        {"signUp", services->options.is_sign_up_open}};
  });
}

}  // namespace

Routes provider_routes(const std::shared_ptr<const Services>& services) {
  Routes routes{begin_route(services), methods_route(services)};
  for (const auto& more : {callback_routes(services), id_token_routes(services), linked_routes(services)})
    routes.insert(routes.end(), more.begin(), more.end());
  return routes;
}

}  // namespace busflow::identity
