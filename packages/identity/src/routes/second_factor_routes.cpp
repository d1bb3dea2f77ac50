#include "routes/answer.hpp"
#include "routes/routes.hpp"
#include "routes/session_answer.hpp"
#include "usecases/second_factor.hpp"

namespace busflow::identity {

Routes second_factor_routes(const std::shared_ptr<const Services>& services) {
  const SecondFactor factor(services);
  const auto generate = [factor](Context& context, const Call&, const Caller& caller) -> Result<json::Value> {
    BUSFLOW_TRY(const auto setup, factor.generate(context, caller));
    return json::Object{{"imageUrl", setup.image}, {"totpSecret", setup.secret}};
  };
  const auto change = [factor](Context& context, const Call& call, const Caller& caller) -> Result<json::Value> {
    BUSFLOW_TRY(const auto code, call.body.text("code"));
    BUSFLOW_TRY(const auto type, call.body.optional_text("activeMfaType"));
    if (type.value_or("").empty()) {
      BUSFLOW_CHECK(factor.deactivate(context, caller, call.origin, code));
      return ok();
    }
    if (*type != kTotp) return fail(ErrorName::kMfaTypeUnknown);
    BUSFLOW_CHECK(factor.activate(context, caller, call.origin, code));
    return ok();
  };
  // Beside the reference's: it answers with the recovery codes.
  const auto activate = [factor](Context& context, const Call& call, const Caller& caller) -> Result<json::Value> {
    BUSFLOW_TRY(const auto code, call.body.text("code"));
    BUSFLOW_TRY(const auto codes, factor.activate(context, caller, call.origin, code));
    json::Array list;
    for (const auto& one : codes) list.emplace_back(one);
    return json::Object{{"recoveryCodes", std::move(list)}};
  };
  const auto sign_in = [services, factor](Context& context, const Call& call) -> Result<json::Value> {
    BUSFLOW_TRY(const auto ticket, call.body.text("ticket"));
    BUSFLOW_TRY(const auto code, call.body.text("otp"));
    BUSFLOW_TRY(const auto session, factor.sign_in(context, call.origin, ticket, code));
    return to_session_payload(session, services->minter.lifetime());
  };
  return {sensitive_route("GET", "/v1/auth/mfa/totp/generate", services, generate),
          sensitive_route("POST", "/v1/auth/user/mfa", services, change),
          sensitive_route("POST", "/v1/auth/user/mfa/totp/activate", services, activate),
          open_route("POST", "/v1/auth/signin/mfa/totp", sign_in)};
}

}  // namespace busflow::identity
