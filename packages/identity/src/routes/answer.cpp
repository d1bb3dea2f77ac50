#include "routes/answer.hpp"

#include <utility>

#include <platform/http_semantics/cookie.hpp>

#include "usecases/security_keys.hpp"

namespace busflow::identity {
namespace {

using application::RouteRequest;
using application::RouteResponse;

constexpr std::size_t kLongestUserAgent = 300;

Result<RouteResponse> respond(Context& context, const RouteRequest& request, const Open& work) {
  const auto attempt = [&]() -> Result<json::Value> {
    json::Value body = json::Object();
    if (!request.body.empty()) {
      BUSFLOW_TRY(body, json::parse(request.body));
    }
    BUSFLOW_TRY(const auto reader, json::Reader::from(body));
    return work(context, {.request = request, .body = reader, .origin = origin_of(request)});
  };
  auto result = attempt();
  // A fault stays an error, so that it is logged.
  if (!result && result.error().name == ErrorName::kInternal) return std::unexpected(result.error());
  if (!result) return to_response(result.error());
  return RouteResponse{.status = 200, .body = json::serialize(*result), .headers = {{"cache-control", "no-store"}}};
}

}  // namespace

Origin origin_of(const RouteRequest& request) {
  return {.remote_address = request.remote_address,
          .user_agent = std::string(request.header("user-agent").value_or("").substr(0, kLongestUserAgent))};
}

std::string parameter(const RouteRequest& request, std::string_view name) {
  return std::string(request.query_parameter(name).value_or(""));
}

std::string cookie(const RouteRequest& request, std::string_view name) {
  return std::string(http_semantics::cookie_value(request.header("cookie").value_or(""), name).value_or(""));
}

RouteResponse redirect_to_address(const std::string& address) {
  return {.status = 302,
          .body = {},
          .headers = {{"location", address}, {"cache-control", "no-store"}, {"referrer-policy", "no-referrer"}}};
}

RouteResponse to_response(const Error& error) {
  const ErrorInfo& info = error.info();
  const std::string_view message = error.name == ErrorName::kInternal ? info.text : error.message();
  // The reference has one name for everything that is wrong with a request.
  const bool is_malformed = error.name == ErrorName::kValidationFailed || error.name == ErrorName::kInvalidJson ||
                            error.name == ErrorName::kDataException || error.name == ErrorName::kBadRequest;
  json::Object body{{"status", info.http_status},
                    {"message", message},
                    {"error", is_malformed ? std::string_view("invalid-request") : info.id}};
  if (!error.path.empty()) body["path"] = error.path;
  RouteResponse response{.status = info.http_status, .body = json::serialize(body), .headers = {}};
  if (error.retry_after.count() > 0)
    response.headers.emplace_back("retry-after", std::to_string(error.retry_after.count()));
  return response;
}

Result<Caller> caller_of(const Services& services, const RouteRequest& request) {
  BUSFLOW_TRY(const auto token, token::bearer_token(request.header("authorization")));
  if (!token) return fail(ErrorName::kAuthenticationRequired);
  return caller_of(services, *token);
}

Result<Caller> caller_of(const Services& services, std::string_view access_token) {
  BUSFLOW_TRY(const auto verified, services.verifier.verify(access_token));
  if (verified->default_role == kPassengerRole)
    return fail(ErrorName::kPermissionDenied, "A link to a booking is no account.");
  const auto variable = [&](std::string_view name) {
    const auto found = verified->variables.find(name);
    return found == verified->variables.end() ? std::string() : found->second;
  };
  return Caller{.user_id = verified->subject,
                .tenant_id = variable("x-hasura-tenant-id"),
                .session_id = variable("x-hasura-session-id"),
                .default_role = verified->default_role,
                .is_anonymous = variable("x-hasura-user-is-anonymous") == "true",
                .is_elevated = variable("x-hasura-auth-elevated") == verified->subject};
}

application::Route open_route(std::string method, std::string path, Open work) {
  return {std::move(method), std::move(path),
          [work = std::move(work)](Context& context, const RouteRequest& request) -> Result<RouteResponse> {
            return respond(context, request, work);
          }};
}

application::Route user_route(std::string method, std::string path, std::shared_ptr<const Services> services,
                              ForUser work) {
  return open_route(std::move(method), std::move(path),
                    [services = std::move(services), work = std::move(work)](Context& context,
                                                                             const Call& call) -> Result<json::Value> {
                      BUSFLOW_TRY(const auto caller, caller_of(*services, call.request));
                      return work(context, call, caller);
                    });
}

application::Route only_with(Method method, const Services& services, application::Route route) {
  if (!services.options.methods.contains(method)) {
    route.handle = [](Context&, const RouteRequest&) -> Result<RouteResponse> {
      return to_response(Error{.name = ErrorName::kMethodDisabled, .detail = {}});
    };
  }
  return route;
}

application::Route sensitive_route(std::string method, std::string path, std::shared_ptr<const Services> services,
                                   ForUser work) {
  auto guarded = [services, work = std::move(work)](Context& context, const Call& call,
                                                    const Caller& caller) -> Result<json::Value> {
    BUSFLOW_CHECK(check_elevation(*services, context, caller));
    return work(context, call, caller);
  };
  return user_route(std::move(method), std::move(path), std::move(services), std::move(guarded));
}

Result<NewUser> read_about(const json::Reader& fields) {
  NewUser about;
  BUSFLOW_TRY(const auto display_name, fields.optional_text("displayName"));
  BUSFLOW_TRY(const auto locale, fields.optional_text("locale"));
  BUSFLOW_TRY(const auto metadata, fields.optional_object("metadata"));
  about.display_name = display_name.value_or("");
  about.locale = locale.value_or("de");
  if (metadata) about.metadata = json::serialize(metadata->fields());
  return about;
}

Result<NewUser> read_options(const json::Reader& body) {
  BUSFLOW_TRY(const auto options, body.optional_object("options"));
  if (!options) return NewUser();
  BUSFLOW_TRY(auto about, read_about(*options));
  BUSFLOW_TRY(const auto redirect_to, options->optional_text("redirectTo"));
  BUSFLOW_TRY(const auto role, options->optional_text("defaultRole"));
  // Roles are given by an operator's manager, not by who signs up.
  if (role && *role != kUserRole) return fail(ErrorName::kRoleNotAllowed, "Role not allowed", "$.options.defaultRole");
  about.redirect_to = redirect_to.value_or("");
  return about;
}

}  // namespace busflow::identity
