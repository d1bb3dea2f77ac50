#include "routes/answer.hpp"
#include "routes/routes.hpp"
#include "routes/session_answer.hpp"
#include "usecases/passwords.hpp"
#include "usecases/profile.hpp"
#include "usecases/security_keys.hpp"
#include "usecases/sessions.hpp"
#include "usecases/sign_up.hpp"

namespace busflow::identity {
namespace {

application::Route current_route(const std::shared_ptr<const Services>& services) {
  return user_route(
      "GET", "/v1/auth/user", services,
      [sessions = Sessions(services)](Context& context, const Call&, const Caller& caller) -> Result<json::Value> {
        BUSFLOW_TRY(const auto account, sessions.current(context, caller));
        return to_user_object(account);
      });
}

application::Route change_email_route(const std::shared_ptr<const Services>& services) {
  return sensitive_route(
      "POST", "/v1/auth/user/email/change", services,
      [sign_up = SignUp(services)](Context& context, const Call& call, const Caller& caller) -> Result<json::Value> {
        BUSFLOW_TRY(const auto email, call.body.text("newEmail"));
        BUSFLOW_TRY(const auto about, read_options(call.body));
        BUSFLOW_CHECK(sign_up.change_email(context, caller, call.origin, email, about.redirect_to));
        return ok();
      });
}

application::Route reset_route(const std::shared_ptr<const Services>& services) {
  return open_route("POST", "/v1/auth/user/password/reset",
                    [passwords = Passwords(services)](Context& context, const Call& call) -> Result<json::Value> {
                      BUSFLOW_TRY(const auto email, call.body.text("email"));
                      BUSFLOW_TRY(const auto about, read_options(call.body));
                      BUSFLOW_CHECK(passwords.send_reset(context, call.origin, email, about.redirect_to));
                      return ok();
                    });
}

application::Route password_route(const std::shared_ptr<const Services>& services) {
  return open_route(
      "POST", "/v1/auth/user/password",
      [services, passwords = Passwords(services)](Context& context, const Call& call) -> Result<json::Value> {
        BUSFLOW_TRY(const auto password, call.body.text("newPassword"));
        BUSFLOW_TRY(const auto ticket, call.body.optional_text("ticket"));
        if (ticket) {
          BUSFLOW_CHECK(passwords.change_with_ticket(context, call.origin, *ticket, password));
          return ok();
        }
        BUSFLOW_TRY(const auto caller, caller_of(*services, call.request));
        BUSFLOW_CHECK(check_elevation(*services, context, caller));
        BUSFLOW_CHECK(passwords.change(context, caller, call.origin, password));
        return ok();
      });
}

application::Route profile_route(const std::shared_ptr<const Services>& services) {
  return user_route(
      "POST", "/v1/auth/user/profile", services,
      [profile = Profile(services)](Context& context, const Call& call, const Caller& caller) -> Result<json::Value> {
        Profile::Change change;
        BUSFLOW_TRY(change.display_name, call.body.optional_text("displayName"));
        BUSFLOW_TRY(change.locale, call.body.optional_text("locale"));
        BUSFLOW_TRY(change.avatar_url, call.body.optional_text("avatarUrl"));
        BUSFLOW_CHECK(profile.change(context, caller, change));
        return ok();
      });
}

}  // namespace

Routes user_routes(const std::shared_ptr<const Services>& services) {
  return {current_route(services),
          change_email_route(services),
          profile_route(services),
          only_with(Method::kPassword, *services, reset_route(services)),
          password_route(services),
          open_route("GET", "/v1/auth/healthz", [](Context&, const Call&) -> Result<json::Value> { return ok(); }),
          open_route("GET", "/v1/auth/version", [](Context&, const Call&) -> Result<json::Value> {
            return json::Object{{"version", "busflow"}};
          })};
}

}  // namespace busflow::identity
