#include "services.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <platform/base/pause.hpp>
#include <platform/base/text.hpp>
#include <platform/crypto/random.hpp>
#include <platform/web_address/web_address.hpp>

#include "storage/account_storage.hpp"

namespace busflow::identity {
namespace {

/// The site of the pages, which is the host name that they have, or one above it.
security_key::RelyingParty site_of(const Options& options) {
  security_key::RelyingParty site{.id = options.security_key_site, .origins = options.security_key_origins};
  if (site.origins.empty()) site.origins.push_back(options.client_url);
  for (auto& page : site.origins) {
    if (const auto address = web_address::parse(page)) page = address->origin;
  }
  if (site.id.empty()) {
    site.id = site.origins.front();
    site.id.erase(0, site.id.find("://") + 3);
    site.id = site.id.substr(0, site.id.find(':'));
  }
  return site;
}

constexpr std::chrono::seconds kFiveMinutes{300};
constexpr std::chrono::seconds kHour{3600};

}  // namespace

Services::Services(const Dependencies& dependencies)
    : pool(dependencies.pool),
      minter(dependencies.minter),
      verifier(dependencies.verifier),
      limiter(dependencies.limiter),
      vault(dependencies.vault),
      options(dependencies.options),
      redirects(options.client_url, options.allowed_redirect_urls),
      site(site_of(options)),
      rotation(share_rotation(pool, kAsIdentity.database_role)),
      hash_of_nobody(crypto::hash_password(crypto::random_hex(16), options.password_cost)) {
  for (const auto& provider : options.providers) providers.emplace_back(provider, dependencies.http);
}

namespace limits {

rate_limit::Limit sign_in_by_account(const Options& options) {
  return {.name = "sign-in-account", .most = options.failed_sign_ins, .window = kFiveMinutes};
}
rate_limit::Limit sign_in_by_address(const Options& options) {
  return {.name = "sign-in-address", .most = options.failed_sign_ins_by_address, .window = kFiveMinutes};
}
rate_limit::Limit sign_up(const Options& options) {
  return {.name = "sign-up-address", .most = options.sign_ups_by_address, .window = kFiveMinutes};
}
rate_limit::Limit message_to(const Options& options) {
  return {.name = "message-recipient", .most = options.messages, .window = kHour};
}
rate_limit::Limit message_by_address(const Options& options) {
  return {.name = "message-address", .most = options.messages_by_address, .window = kHour};
}

}  // namespace limits

Result<void> admit(const Services& services, const Context& context, const rate_limit::Limit& limit,
                   std::string_view subject) {
  const auto wait = services.limiter.take(context, limit, subject);
  if (!wait) return {};
  Error error{.name = ErrorName::kTooManyRequests,
              .detail = fmt::format("Too many attempts. Try again in {} seconds.", wait->count())};
  error.retry_after = *wait;
  return std::unexpected(std::move(error));
}

Result<void> admit_attempt(const Services& services, const Context& context, const std::string& account,
                           const Origin& origin) {
  BUSFLOW_CHECK(admit(services, context, limits::sign_in_by_address(services.options), origin.remote_address));
  return admit(services, context, limits::sign_in_by_account(services.options), lower_case(account));
}

void forget_attempts(const Services& services, const Context& context, const std::string& account,
                     const Origin& origin) {
  services.limiter.give_back(context, limits::sign_in_by_address(services.options), origin.remote_address);
  services.limiter.forget(context, limits::sign_in_by_account(services.options), lower_case(account));
}

Result<void> admit_message(const Services& services, const Context& context, const std::string& recipient,
                           const Origin& origin) {
  BUSFLOW_CHECK(admit(services, context, limits::message_by_address(services.options), origin.remote_address));
  return admit(services, context, limits::message_to(services.options), lower_case(recipient));
}

EvenTime::~EvenTime() {
  const auto passed = context_.clock.steady_now() - begun_;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(services_.options.even_answer - passed);
  if (left.count() > 0) pause(context_.cancellation, left);
}

Result<std::string> allowed_redirect(const Services& services, const std::string& redirect_to) {
  if (redirect_to.empty()) return services.redirects.client_url();
  if (!services.redirects.allows(redirect_to)) return fail(ErrorName::kRedirectNotAllowed);
  return redirect_to;
}

Result<void> check_password(const Services& services, const std::string& password) {
  const auto characters = static_cast<std::size_t>(
      std::ranges::count_if(password, [](unsigned char byte) { return (byte & 0xC0U) != 0x80U; }));
  if (characters < services.options.password_length) {
    return fail(ErrorName::kPasswordTooShort, fmt::format("Password is too short: it needs at least {} characters",
                                                          services.options.password_length));
  }
  if (password.size() > kLongestPassword) {
    return fail(ErrorName::kValidationFailed, fmt::format("a password has at most {} bytes", kLongestPassword),
                "$.password");
  }
  return {};
}

}  // namespace busflow::identity
