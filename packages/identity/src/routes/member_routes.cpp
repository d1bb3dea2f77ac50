#include "routes/answer.hpp"
#include "routes/routes.hpp"
#include "usecases/members.hpp"

namespace busflow::identity {
namespace {

json::Object to_object(const Member& member) {
  return {{"id", member.user_id},
          {"email", member.email},
          {"displayName", member.display_name},
          {"role", member.default_role},
          {"isDisabled", member.is_disabled},
          {"hasSignedIn", member.has_signed_in}};
}

Result<Members::Invitation> read_invitation(const json::Reader& body) {
  Members::Invitation invitation;
  BUSFLOW_TRY(invitation.email, body.text("email"));
  BUSFLOW_TRY(invitation.role, body.text("role"));
  BUSFLOW_TRY(const auto display_name, body.optional_text("displayName"));
  BUSFLOW_TRY(const auto locale, body.optional_text("locale"));
  invitation.display_name = display_name.value_or("");
  invitation.locale = locale.value_or("de");
  return invitation;
}

}  // namespace

Routes member_routes(const std::shared_ptr<const Services>& services) {
  const Members members(services);
  const auto list = [members](Context& context, const Call&, const Caller& caller) -> Result<json::Value> {
    BUSFLOW_TRY(const auto found, members.list(context, caller));
    json::Array list;
    for (const auto& member : found) list.emplace_back(to_object(member));
    return list;
  };
  const auto invite = [members](Context& context, const Call& call, const Caller& caller) -> Result<json::Value> {
    BUSFLOW_TRY(const auto invitation, read_invitation(call.body));
    BUSFLOW_CHECK(members.invite(context, caller, call.origin, invitation));
    return ok();
  };
  const auto change = [members](Context& context, const Call& call, const Caller& caller) -> Result<json::Value> {
    BUSFLOW_TRY(const auto role, call.body.text("role"));
    BUSFLOW_CHECK(members.change_role(context, caller, call.request.path_parameters.at("id"), role));
    return ok();
  };
  const auto remove = [members](Context& context, const Call& call, const Caller& caller) -> Result<json::Value> {
    BUSFLOW_CHECK(members.remove(context, caller, call.request.path_parameters.at("id")));
    return ok();
  };
  return {user_route("GET", "/v1/auth/members", services, list),
          user_route("POST", "/v1/auth/members", services, invite),
          user_route("PUT", "/v1/auth/members/{id}", services, change),
          user_route("DELETE", "/v1/auth/members/{id}", services, remove)};
}

}  // namespace busflow::identity
