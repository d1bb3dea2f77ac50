#include "usecases/members.hpp"

#include <algorithm>
#include <array>

#include "messages.hpp"
#include "storage/account_storage.hpp"
#include "storage/user_storage.hpp"
#include "usecases/sign_up.hpp"

namespace busflow::identity {
namespace {

constexpr std::string_view kManager = "manager";
constexpr std::array<std::string_view, 3> kRoles = {kManager, "dispatcher", "driver"};

/// A manager's work: with their operator set, so that row-level security holds.
template <class Work>
auto as_manager(const Services& services, Context& context, const Caller& caller, Work work)
    -> std::invoke_result_t<Work&, postgres::Transaction&> {
  if (caller.default_role != kManager || caller.tenant_id.empty())
    return fail(ErrorName::kPermissionDenied, "Only managers may do this.");
  auto as_tenant = context.for_tenant(caller.tenant_id, std::string(kManager));
  return services.pool.transact(as_tenant, kAsIdentity, work);
}

Result<std::vector<std::string>> allowed_roles(const std::string& role) {
  if (std::ranges::find(kRoles, role) == kRoles.end())
    return fail(ErrorName::kValidationFailed, "expected manager, dispatcher or driver", "$.role");
  std::vector<std::string> roles{role};
  if (role == kManager) roles.emplace_back("dispatcher");
  return roles;
}

Result<void> must_be_another(const Caller& caller, const std::string& user_id) {
  if (user_id != caller.user_id) return {};
  return fail(ErrorName::kStateConflict, "Nobody changes their own membership: ask another manager.");
}

}  // namespace

Result<std::vector<Member>> Members::list(Context& context, const Caller& caller) const {
  return as_manager(*services_, context, caller,
                    [&](postgres::Transaction& transaction) { return list_members(transaction, caller.tenant_id); });
}

Result<void> Members::invite(Context& context, const Caller& caller, const Origin& origin,
                             const Invitation& invitation) const {
  BUSFLOW_CHECK(check_email(invitation.email));
  BUSFLOW_CHECK(check_locale(invitation.locale));
  BUSFLOW_TRY(const auto roles, allowed_roles(invitation.role));
  BUSFLOW_CHECK(admit_message(*services_, context, invitation.email, origin));
  return as_manager(*services_, context, caller, [&](postgres::Transaction& transaction) -> Result<void> {
    auto account =
        new_account(context, invitation.email, {.display_name = invitation.display_name, .locale = invitation.locale});
    BUSFLOW_CHECK(insert_user(transaction, account, context.clock.now()));
    BUSFLOW_TRY(const auto user_id, user_id_of(transaction, invitation.email));
    BUSFLOW_TRY(const auto members, list_members(transaction, caller.tenant_id));
    const bool is_member = std::ranges::find(members, user_id, &Member::user_id) != members.end();
    if (is_member) return fail(ErrorName::kConflict, "They work for this operator already.", "$.email");
    BUSFLOW_CHECK(put_member(transaction, caller.tenant_id, user_id, invitation.role, roles));
    BUSFLOW_TRY(const auto name, tenant_name(transaction, caller.tenant_id));
    account.user_id = user_id;
    account.tenant_id = caller.tenant_id;
    return send_ticket(*services_, context, transaction, account, TicketPurpose::kPasswordReset, "invitation",
                       services_->redirects.client_url(), {}, {{"tenant_name", name}});
  });
}

Result<void> Members::change_role(Context& context, const Caller& caller, const std::string& user_id,
                                  const std::string& role) const {
  BUSFLOW_CHECK(must_be_another(caller, user_id));
  BUSFLOW_TRY(const auto roles, allowed_roles(role));
  return as_manager(*services_, context, caller, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_TRY(const bool was_member, delete_member(transaction, caller.tenant_id, user_id));
    if (!was_member) return fail(ErrorName::kNotFound, "There is no such member.");
    return put_member(transaction, caller.tenant_id, user_id, role, roles);
  });
}

Result<void> Members::remove(Context& context, const Caller& caller, const std::string& user_id) const {
  BUSFLOW_CHECK(must_be_another(caller, user_id));
  return as_manager(*services_, context, caller, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_TRY(const bool was_member, delete_member(transaction, caller.tenant_id, user_id));
    return was_member ? Result<void>() : fail(ErrorName::kNotFound, "There is no such member.");
  });
}

}  // namespace busflow::identity
