#include "routes/answer.hpp"
#include "routes/routes.hpp"
#include "routes/session_answer.hpp"
#include "usecases/landing.hpp"
#include "usecases/mail_links.hpp"
#include "usecases/sign_up.hpp"

namespace busflow::identity {
namespace {

using application::RouteRequest;
using application::RouteResponse;

/// What the links of e-mails lead to. Where the browser may be sent back it is, with the error if there is one.
application::Route link_route(const std::shared_ptr<const Services>& services) {
  return {
      "GET", "/v1/auth/verify",
      [services, links = MailLinks(services)](Context& context, const RouteRequest& request) -> Result<RouteResponse> {
        // Mail scanners look whether a link exists; that must not use it up.
        if (request.method == "HEAD") return RouteResponse{.status = 204, .body = {}, .headers = {}};
        const auto redirect_to = parameter(request, "redirectTo");
        auto target = links.follow(context, origin_of(request), parameter(request, "ticket"),
                                   parameter(request, "type"), redirect_to);
        if (!target && target.error().name == ErrorName::kInternal) return std::unexpected(target.error());
        if (!target) {
          const auto allowed = allowed_redirect(*services, redirect_to);
          if (!allowed) return to_response(target.error());
          target = landing_address(*allowed, target.error());
        }
        return redirect_to_address(*target);
      }};
}

}  // namespace

Routes sign_up_routes(const std::shared_ptr<const Services>& services) {
  const SignUp sign_up(services);
  const auto with_password = [services, sign_up](Context& context, const Call& call) -> Result<json::Value> {
    BUSFLOW_TRY(const auto email, call.body.text("email"));
    BUSFLOW_TRY(const auto password, call.body.text("password"));
    BUSFLOW_TRY(const auto about, read_options(call.body));
    BUSFLOW_TRY(const auto session, sign_up.with_password(context, call.origin, email, password, about));
    return session ? to_session_payload(*session, services->minter.lifetime()) : json::Object{{"session", nullptr}};
  };
  const auto anonymous = [services, sign_up](Context& context, const Call& call) -> Result<json::Value> {
    BUSFLOW_TRY(const auto about, read_about(call.body));
    BUSFLOW_TRY(const auto session, sign_up.anonymous(context, call.origin, about));
    return to_session_payload(session, services->minter.lifetime());
  };
  const auto deanonymize = [sign_up](Context& context, const Call& call, const Caller& caller) -> Result<json::Value> {
    BUSFLOW_TRY(const auto method, call.body.text("signInMethod"));
    BUSFLOW_TRY(const auto email, call.body.text("email"));
    BUSFLOW_TRY(const auto about, read_options(call.body));
    std::optional<std::string> password;
    if (method == "email-password") {
      BUSFLOW_TRY(password, call.body.text("password"));
    } else if (method != "passwordless") {
      return fail(ErrorName::kValidationFailed, "expected email-password or passwordless", "$.signInMethod");
    }
    BUSFLOW_CHECK(sign_up.deanonymize(context, caller, call.origin, email, password, about));
    return ok();
  };
  const auto send_verification = [sign_up](Context& context, const Call& call) -> Result<json::Value> {
    BUSFLOW_TRY(const auto email, call.body.text("email"));
    BUSFLOW_TRY(const auto about, read_options(call.body));
    BUSFLOW_CHECK(sign_up.send_verification(context, call.origin, email, about.redirect_to));
    return ok();
  };
  return {only_with(Method::kPassword, *services, open_route("POST", "/v1/auth/signup/email-password", with_password)),
          only_with(Method::kAnonymous, *services, open_route("POST", "/v1/auth/signin/anonymous", anonymous)),
          user_route("POST", "/v1/auth/user/deanonymize", services, deanonymize),
          open_route("POST", "/v1/auth/user/email/send-verification-email", send_verification), link_route(services)};
}

}  // namespace busflow::identity
