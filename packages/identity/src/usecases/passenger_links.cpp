#include "usecases/passenger_links.hpp"

#include <platform/crypto/digest.hpp>
#include <platform/crypto/random.hpp>

#include "messages.hpp"
#include "storage/member_storage.hpp"
#include "storage/passenger_link_storage.hpp"
#include "usecases/sign_up.hpp"

namespace busflow::identity {
namespace {

constexpr std::size_t kLinkBytes = 24;
constexpr std::string_view kPrefix = "passengerLink:";
constexpr std::chrono::days kUsual{30};
constexpr std::chrono::days kLongest{90};

/// With the operator set, so that row-level security holds.
Result<Context> as_operator(const Context& context, const Caller& caller) {
  const bool may = caller.default_role == "manager" || caller.default_role == "dispatcher";
  if (!may || caller.tenant_id.empty())
    return fail(ErrorName::kPermissionDenied, "Only managers and dispatchers may do this.");
  return context.for_tenant(caller.tenant_id, caller.default_role);
}

Result<WallTime> end_of(const Context& context, const std::optional<WallTime>& wanted) {
  const auto now = context.clock.now();
  if (!wanted) return now + kUsual;
  if (*wanted > now && *wanted <= now + kLongest) return *wanted;
  return fail(ErrorName::kValidationFailed, "expected a time within the next 90 days", "$.expiresAt");
}

}  // namespace

Result<void> PassengerLinks::send(Context& context, const Caller& caller, const Origin& origin,
                                  const Request& request) const {
  BUSFLOW_TRY(auto as_tenant, as_operator(context, caller));
  BUSFLOW_CHECK(check_email(request.email));
  BUSFLOW_CHECK(check_locale(request.locale));
  BUSFLOW_TRY(const auto redirect, allowed_redirect(*services_, request.redirect_to));
  BUSFLOW_TRY(const auto expires_at, end_of(context, request.expires_at));
  BUSFLOW_CHECK(admit_message(*services_, context, request.email, origin));
  const auto link = std::string(kPrefix) + crypto::random_hex(kLinkBytes);
  return services_->pool.transact(as_tenant, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_TRY(const auto operator_name, tenant_name(transaction, caller.tenant_id));
    BUSFLOW_CHECK(insert_passenger_link(transaction,
                                        {.id = context.identifiers.next().to_string(),
                                         .tenant_id = caller.tenant_id,
                                         .booking_id = request.booking_id,
                                         .email = request.email},
                                        crypto::sha256_hex(link), caller.user_id, context.clock.now(), expires_at));
    Account passenger =
        new_account(context, request.email, {.display_name = request.display_name, .locale = request.locale});
    passenger.tenant_id = caller.tenant_id;
    // In the fragment, which no server sees and no mail scanner uses up.
    return send_email(context, transaction, passenger, "passenger-link",
                      {{"tenant_name", operator_name}, {"link", redirect + "#" + link}});
  });
}

Result<void> PassengerLinks::take_back(Context& context, const Caller& caller, const std::string& booking_id) const {
  BUSFLOW_TRY(auto as_tenant, as_operator(context, caller));
  BUSFLOW_TRY(const auto count,
              services_->pool.transact(as_tenant, kAsIdentity, [&](postgres::Transaction& transaction) {
                return delete_passenger_links(transaction, caller.tenant_id, booking_id);
              }));
  return count > 0 ? Result<void>() : fail(ErrorName::kNotFound, "There is no link to this booking.");
}

Result<std::string> PassengerLinks::enter(Context& context, const Origin& origin, const std::string& link) const {
  BUSFLOW_CHECK(admit(*services_, context, limits::sign_in_by_address(services_->options), origin.remote_address));
  if (!link.starts_with(kPrefix)) return fail(ErrorName::kInvalidTicket);
  BUSFLOW_TRY(const auto found, services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) {
    return find_passenger_link(transaction, crypto::sha256_hex(link), context.clock.now());
  }));
  if (!found) return fail(ErrorName::kInvalidTicket);
  services_->limiter.give_back(context, limits::sign_in_by_address(services_->options), origin.remote_address);
  return services_->minter.mint(
      {.subject = found->id,
       .email = found->email,
       .default_role = std::string(kPassengerRole),
       .allowed_roles = {std::string(kPassengerRole)},
       .variables = {{"x-hasura-tenant-id", found->tenant_id}, {"x-hasura-booking-id", found->booking_id}}},
      context.clock.now());
}

}  // namespace busflow::identity
