#pragma once

#include <platform/application/module.hpp>
#include <platform/base/context.hpp>
#include <platform/base/result.hpp>
#include <platform/json/json.hpp>

#include "domain/file.hpp"
#include "routes/routes.hpp"

namespace busflow::files {

/// The context with the session of the request's access token, in the role it asks for; without a token nobody's.
/// kInvalidToken, kTokenExpired, kRoleNotAllowed.
Result<Context> as_caller(const Services& services, const Context& context, const application::RouteRequest& request);

/// The same for what needs somebody: kPermissionDenied without a token.
Result<Context> as_user(const Services& services, const Context& context, const application::RouteRequest& request);

/// Nhost Storage's description of a file.
json::Object to_object(const File& file);

/// `{"error": {"message"}}` with the status that belongs to it.
application::RouteResponse to_response(const Error& error);
/// The status of the error, as Nhost Storage has it.
std::uint16_t status_of(const Error& error);

/// Answers expected errors in Nhost's form; faults stay errors, so that they are logged.
Result<application::RouteResponse> answered(Result<application::RouteResponse> result);

application::RouteResponse json_response(const json::Object& body, std::uint16_t status = 200);

}  // namespace busflow::files
