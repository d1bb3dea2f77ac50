#include "usecases/profile.hpp"

#include <string_view>

#include <platform/base/identifier.hpp>
#include <platform/web_address/web_address.hpp>

#include "storage/user_storage.hpp"
#include "usecases/sign_up.hpp"

namespace busflow::identity {
namespace {

constexpr std::size_t kLongestName = 200;
constexpr std::size_t kLongestAddress = 2000;
constexpr std::string_view kOwnFile = "/v1/storage/files/";

bool is_picture(std::string_view address) {
  if (address.empty()) return true;
  if (address.starts_with(kOwnFile)) return Uuid::parse(address.substr(kOwnFile.size())).has_value();
  return address.size() <= kLongestAddress && address.starts_with("https://") && web_address::parse(address);
}

}  // namespace

Result<void> Profile::change(Context& context, const Caller& caller, const Change& change) const {
  if (change.display_name && (change.display_name->empty() || change.display_name->size() > kLongestName))
    return fail(ErrorName::kValidationFailed, "expected 1 to 200 bytes", "$.displayName");
  if (change.locale) BUSFLOW_CHECK(check_locale(*change.locale));
  if (change.avatar_url && !is_picture(*change.avatar_url))
    return fail(ErrorName::kValidationFailed, "expected https://… or /v1/storage/files/<id>", "$.avatarUrl");
  return services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) {
    return set_profile(transaction, caller.user_id, change.display_name, change.locale, change.avatar_url);
  });
}

}  // namespace busflow::identity
