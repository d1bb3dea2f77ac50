#include "routes/answer.hpp"
#include "routes/routes.hpp"
#include "usecases/passenger_links.hpp"

namespace busflow::identity {
namespace {

Result<PassengerLinks::Request> read_request(const json::Reader& body) {
  PassengerLinks::Request request;
  BUSFLOW_TRY(const auto booking_id, body.uuid("bookingId"));
  BUSFLOW_TRY(request.email, body.text("email"));
  BUSFLOW_TRY(const auto display_name, body.optional_text("displayName"));
  BUSFLOW_TRY(const auto locale, body.optional_text("locale"));
  BUSFLOW_TRY(const auto redirect_to, body.optional_text("redirectTo"));
  request.booking_id = booking_id.to_string();
  request.display_name = display_name.value_or("");
  request.locale = locale.value_or("de");
  request.redirect_to = redirect_to.value_or("");
  if (body.fields().contains("expiresAt")) {
    BUSFLOW_TRY(request.expires_at, body.time("expiresAt"));
  }
  return request;
}

}  // namespace

Routes passenger_routes(const std::shared_ptr<const Services>& services) {
  const PassengerLinks links(services);
  const auto send = [links](Context& context, const Call& call, const Caller& caller) -> Result<json::Value> {
    BUSFLOW_TRY(const auto request, read_request(call.body));
    BUSFLOW_CHECK(links.send(context, caller, call.origin, request));
    return ok();
  };
  const auto take_back = [links](Context& context, const Call& call, const Caller& caller) -> Result<json::Value> {
    const auto booking_id = Uuid::parse(call.request.path_parameters.at("booking"));
    if (!booking_id) return fail(ErrorName::kNotFound, "There is no link to this booking.");
    BUSFLOW_CHECK(links.take_back(context, caller, booking_id->to_string()));
    return ok();
  };
  const auto enter = [services, links](Context& context, const Call& call) -> Result<json::Value> {
    BUSFLOW_TRY(const auto link, call.body.text("link"));
    BUSFLOW_TRY(const auto token, links.enter(context, call.origin, link));
    return json::Object{{"accessToken", token}, {"accessTokenExpiresIn", services->minter.lifetime().count()}};
  };
  return {user_route("POST", "/v1/auth/passenger-links", services, send),
          user_route("DELETE", "/v1/auth/passenger-links/{booking}", services, take_back),
          open_route("POST", "/v1/auth/signin/passenger-link", enter)};
}

}  // namespace busflow::identity
