#pragma once

#include <functional>
#include <memory>
#include <string>

#include <platform/application/module.hpp>
#include <platform/base/context.hpp>
#include <platform/base/result.hpp>
#include <platform/json/json.hpp>
#include <platform/json/reader.hpp>

#include "services.hpp"
#include "usecases/sign_up.hpp"

namespace busflow::identity {

/// A request that was read.
struct Call {
  const application::RouteRequest& request;
  const json::Reader& body;  ///< Empty when there is none.
  Origin origin;
};

using Open = std::function<Result<json::Value>(Context&, const Call&)>;
using ForUser = std::function<Result<json::Value>(Context&, const Call&, const Caller&)>;

/// A route for everybody.
application::Route open_route(std::string method, std::string path, Open work);
/// A route for who sends a valid access token; others get 401.
application::Route user_route(std::string method, std::string path, std::shared_ptr<const Services> services,
                              ForUser work);

/// The same for what lets somebody in later: who has a security key must have used it just now, else
/// kElevationRequired.
application::Route sensitive_route(std::string method, std::string path, std::shared_ptr<const Services> services,
                                   ForUser work);
/// The route where that way of signing in is offered; elsewhere one that answers kMethodDisabled.
application::Route only_with(Method method, const Services& services, application::Route route);

/// Who the request's access token speaks for. kAuthenticationRequired, kInvalidToken, kTokenExpired; kPermissionDenied
/// for a passenger, who is no user.
Result<Caller> caller_of(const Services& services, const application::RouteRequest& request);
/// The same of a token that came another way.
Result<Caller> caller_of(const Services& services, std::string_view access_token);

/// The text of a query parameter; empty when there is none.
std::string parameter(const application::RouteRequest& request, std::string_view name);
/// The value of a cookie; empty when there is none.
std::string cookie(const application::RouteRequest& request, std::string_view name);
/// Sends a browser on; the address may carry a token, which no log and no other page must see.
application::RouteResponse redirect_to_address(const std::string& address);

Origin origin_of(const application::RouteRequest& request);

/// `{status, message, error}`, with Retry-After where it is known. Faults keep their detail to themselves.
application::RouteResponse to_response(const Error& error);

/// The answer of everything that has nothing to say.
inline json::Value ok() { return "OK"; }

/// displayName, locale and metadata of the object; what is absent has its default.
Result<NewUser> read_about(const json::Reader& fields);
/// "options" of the request, with redirectTo as well; what is absent has its default.
Result<NewUser> read_options(const json::Reader& body);

}  // namespace busflow::identity
