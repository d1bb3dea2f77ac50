#include "usecases/seed_demo.hpp"

#include <array>
#include <string>
#include <string_view>

#include <backoffice/demo_data.hpp>

#include "services.hpp"
#include "storage/account_storage.hpp"

namespace busflow::identity {
namespace {

constexpr std::string_view kPassword = "busflow-demo";

struct DemoUser {
  std::string_view email;
  std::string_view tenant;  ///< As in backoffice's demo data; empty for staff.
  std::string_view plan;
  std::string_view display_name;
  std::string_view role;
};

constexpr std::array kUsers = {
    DemoUser{"dispatcher@bruning.example", "operator/bruning", "PRO", "Disposition Berlin", "dispatcher"},
    DemoUser{"manager@bruning.example", "operator/bruning", "PRO", "Leitung Berlin", "manager"},
    DemoUser{"driver@bruning.example", "operator/bruning", "PRO", "Fahrer 1", "driver"},
    DemoUser{"dispatcher@nordlicht.example", "operator/nordlicht", "CORE", "Disposition Hamburg", "dispatcher"},
    DemoUser{"staff@busflow.example", "", "", "Betrieb", kStaffRole},
};

std::string tenant_name(Context& context, const Uuid& tenant_id) {
  const auto today = backoffice::central_european_date(context.clock.now());
  for (const auto& demo_operator : backoffice::demo_operators(today)) {
    if (demo_operator.id == tenant_id) return demo_operator.name;
  }
  return "Demo";
}

Account to_account(Context& context, const DemoUser& user, crypto::PasswordCost cost) {
  const bool is_staff = user.tenant.empty();
  const Uuid tenant_id = name_based_identifier(user.tenant);
  std::vector<std::string> roles{std::string(user.role)};
  if (user.role == "manager") roles.emplace_back("dispatcher");
  Account account;
  account.user_id = name_based_identifier("user/" + std::string(user.email)).to_string();
  account.email = user.email;
  account.display_name = user.display_name;
  account.locale = "de";
  account.password_hash = crypto::hash_password(kPassword, cost);
  account.tenant_id = is_staff ? "" : tenant_id.to_string();
  account.tenant_name = is_staff ? "" : tenant_name(context, tenant_id);
  account.plan = user.plan;
  account.default_role = user.role;
  account.allowed_roles = std::move(roles);
  return account;
}

}  // namespace

Result<void> seed_demo(Context& context, postgres::Pool& pool, crypto::PasswordCost cost) {
  for (const auto& user : kUsers) {
    BUSFLOW_CHECK(pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<void> {
      const auto user_id = name_based_identifier("user/" + std::string(user.email)).to_string();
      BUSFLOW_TRY(const bool is_there, user_exists(transaction, user_id));
      if (is_there) return {};  // Hashing is slow, and seeding runs at every start of the demo.
      return insert_account(transaction, to_account(context, user, cost));
    }));
  }
  return {};
}

}  // namespace busflow::identity
