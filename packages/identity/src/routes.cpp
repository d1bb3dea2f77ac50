#include "routes.hpp"

#include <functional>
#include <string>

#include <platform/json/reader.hpp>

#include "session_answer.hpp"

namespace busflow::identity {
namespace {

using application::Route;
using application::RouteRequest;
using application::RouteResponse;

constexpr std::size_t kLongestPassword = 1024;  // The hash reads it all; a longer one is an attempt to keep us busy.

RouteResponse to_response(const Error& error) {
  const ErrorInfo& info = error.info();
  // Faults keep their detail to themselves.
  const std::string_view message = error.name == ErrorName::kInternal ? info.text : error.message();
  RouteResponse response{
      .status = info.http_status,
      .body = json::serialize(json::Object{{"status", info.http_status}, {"message", message}, {"error", info.id}}),
      .headers = {}};
  if (error.name == ErrorName::kTooManyRequests) response.headers.emplace_back("retry-after", "60");
  return response;
}

/// Reads the body as an object and gives every error in Nhost's form; faults stay errors, so that they are logged.
template <class Work>
std::function<Result<RouteResponse>(Context&, const RouteRequest&)> answer(Work work) {
  return [work = std::move(work)](Context& context, const RouteRequest& request) -> Result<RouteResponse> {
    const auto attempt = [&]() -> Result<std::string> {
      BUSFLOW_TRY(const auto body, json::parse(request.body));
      BUSFLOW_TRY(const auto reader, json::Reader::from(body));
      return work(context, reader);
    };
    auto result = attempt();
    if (!result && result.error().name == ErrorName::kInternal) return std::unexpected(result.error());
    if (!result) return to_response(result.error());
    return RouteResponse{.status = 200, .body = std::move(*result), .headers = {{"cache-control", "no-store"}}};
  };
}

}  // namespace

std::vector<Route> session_routes(std::shared_ptr<Sessions> sessions, std::chrono::seconds access_token_lifetime) {
  const auto sign_in = [=](Context& context, const json::Reader& body) -> Result<std::string> {
    BUSFLOW_TRY(const auto email, body.text("email"));
    BUSFLOW_TRY(const auto password, body.text("password"));
    if (password.size() > kLongestPassword) return fail(ErrorName::kInvalidCredentials);
    BUSFLOW_TRY(const auto session, sessions->sign_in(context, email, password));
    return json::serialize(
        json::Object{{"session", to_session_object(session, access_token_lifetime)}, {"mfa", nullptr}});
  };
  const auto refresh = [=](Context& context, const json::Reader& body) -> Result<std::string> {
    BUSFLOW_TRY(const auto refresh_token, body.text("refreshToken"));
    BUSFLOW_TRY(const auto session, sessions->refresh(context, refresh_token));
    return json::serialize(to_session_object(session, access_token_lifetime));
  };
  const auto sign_out = [=](Context& context, const json::Reader& body) -> Result<std::string> {
    BUSFLOW_TRY(const auto refresh_token, body.optional_text("refreshToken"));
    if (refresh_token) BUSFLOW_CHECK(sessions->sign_out(context, *refresh_token));
    return R"("OK")";
  };
  return {{"POST", "/v1/auth/signin/email-password", answer(sign_in)},
          {"POST", "/v1/auth/token", answer(refresh)},
          {"POST", "/v1/auth/signout", answer(sign_out)}};
}

}  // namespace busflow::identity
