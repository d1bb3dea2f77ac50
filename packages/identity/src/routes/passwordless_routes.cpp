#include "routes/answer.hpp"
#include "routes/routes.hpp"
#include "routes/session_answer.hpp"
#include "usecases/passwordless.hpp"

namespace busflow::identity {
namespace {

using Send = Result<void> (Passwordless::*)(Context&, const Origin&, const std::string&, const NewUser&) const;
using Enter = Result<SignInOutcome> (Passwordless::*)(Context&, const Origin&, const std::string&,
                                                      const std::string&) const;

application::Route send_route(const std::shared_ptr<const Services>& services, std::string path, std::string_view field,
                              Send send) {
  return open_route(
      "POST", std::move(path),
      [passwordless = Passwordless(services), field, send](Context& context, const Call& call) -> Result<json::Value> {
        BUSFLOW_TRY(const auto recipient, call.body.text(field));
        BUSFLOW_TRY(const auto about, read_options(call.body));
        BUSFLOW_CHECK((passwordless.*send)(context, call.origin, recipient, about));
        return ok();
      });
}

application::Route enter_route(const std::shared_ptr<const Services>& services, std::string path,
                               std::string_view field, Enter enter) {
  return open_route("POST", std::move(path),
                    [services, passwordless = Passwordless(services), field, enter](
                        Context& context, const Call& call) -> Result<json::Value> {
                      BUSFLOW_TRY(const auto recipient, call.body.text(field));
                      BUSFLOW_TRY(const auto code, call.body.text("otp"));
                      BUSFLOW_TRY(const auto outcome, (passwordless.*enter)(context, call.origin, recipient, code));
                      return to_sign_in_object(outcome, services->minter.lifetime());
                    });
}

}  // namespace

Routes passwordless_routes(const std::shared_ptr<const Services>& services) {
  const auto with = [&](Method method, application::Route route) {
    return only_with(method, *services, std::move(route));
  };
  return {with(Method::kEmailLink,
               send_route(services, "/v1/auth/signin/passwordless/email", "email", &Passwordless::send_link)),
          with(Method::kEmailCode,
               send_route(services, "/v1/auth/signin/otp/email", "email", &Passwordless::send_email_code)),
          with(Method::kEmailCode,
               enter_route(services, "/v1/auth/signin/otp/email/verify", "email", &Passwordless::enter_email_code)),
          with(Method::kSmsCode,
               send_route(services, "/v1/auth/signin/passwordless/sms", "phoneNumber", &Passwordless::send_sms_code)),
          with(Method::kSmsCode, enter_route(services, "/v1/auth/signin/passwordless/sms/otp", "phoneNumber",
                                             &Passwordless::enter_sms_code))};
}

}  // namespace busflow::identity
