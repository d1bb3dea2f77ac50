#include "usecases/federated_sign_in.hpp"

#include <algorithm>

#include <platform/crypto/digest.hpp>
#include <platform/crypto/random.hpp>
#include <platform/json/json.hpp>
#include <platform/json/reader.hpp>

#include "storage/account_storage.hpp"
#include "storage/user_storage.hpp"
#include "usecases/landing.hpp"
#include "usecases/provider_accounts.hpp"

namespace busflow::identity {
namespace {

constexpr std::string_view kPurpose = "provider-state";
constexpr std::string_view kType = "signinProvider";
constexpr std::chrono::minutes kTimeAtProvider{10};
constexpr std::size_t kSecretBytes = 24;
constexpr std::size_t kLongestMetadata = 1000;  // It travels in an address.

}  // namespace

/// What we have to know again when the browser comes back. It travels sealed, so nothing is kept meanwhile.
struct FederatedSignIn::State {
  std::string provider;
  std::string redirect_to;
  std::string nonce;
  std::string code_verifier;
  std::string binding_hash;
  std::string user_id;  ///< Who ties the account to their own; empty for a sign-in.
  WallTime expires_at{};
  NewUser about;
};

std::string FederatedSignIn::seal(const State& state) const {
  return services_->vault.seal(kPurpose, json::serialize(json::Object{{"provider", state.provider},
                                                                      {"redirectTo", state.redirect_to},
                                                                      {"nonce", state.nonce},
                                                                      {"codeVerifier", state.code_verifier},
                                                                      {"bindingHash", state.binding_hash},
                                                                      {"userId", state.user_id},
                                                                      {"expiresAt", to_rfc3339(state.expires_at)},
                                                                      {"displayName", state.about.display_name},
                                                                      {"locale", state.about.locale},
                                                                      {"metadata", state.about.metadata}}));
}

Result<FederatedSignIn::State> FederatedSignIn::open(const std::string& sealed, const std::string& provider_id,
                                                     const std::string& binding, WallTime now) const {
  const auto text = services_->vault.open(kPurpose, sealed);
  if (!text) return fail(ErrorName::kInvalidState);
  BUSFLOW_TRY(const auto value, json::parse(*text));
  BUSFLOW_TRY(const auto fields, json::Reader::from(value));
  State state;
  const std::pair<std::string_view, std::string*> members[] = {{"provider", &state.provider},
                                                               {"redirectTo", &state.redirect_to},
                                                               {"nonce", &state.nonce},
                                                               {"codeVerifier", &state.code_verifier},
                                                               {"bindingHash", &state.binding_hash},
                                                               {"userId", &state.user_id},
                                                               {"displayName", &state.about.display_name},
                                                               {"locale", &state.about.locale},
                                                               {"metadata", &state.about.metadata}};
  for (const auto& [name, member] : members) {
    BUSFLOW_TRY(*member, fields.text(name));
  }
  BUSFLOW_TRY(state.expires_at, fields.time("expiresAt"));
  const bool is_same_browser = crypto::equal_in_constant_time(crypto::sha256_hex(binding), state.binding_hash);
  if (state.provider != provider_id || !is_same_browser || state.expires_at <= now)
    return fail(ErrorName::kInvalidState);
  return state;
}

Result<const openid::Provider*> FederatedSignIn::find(const std::string& provider_id) const {
  const auto found = std::ranges::find(services_->providers, provider_id,
                                       [](const openid::Provider& provider) { return provider.settings().id; });
  if (found == services_->providers.end())
    return fail(ErrorName::kValidationFailed, "there is no such provider; see GET /v1/auth/methods", "$.provider");
  return &*found;
}

std::string FederatedSignIn::redirect_uri(const std::string& provider_id) const {
  return services_->options.server_url + "/signin/provider/" + provider_id + "/callback";
}

Result<FederatedSignIn::Beginning> FederatedSignIn::begin(Context& context, const std::string& provider_id,
                                                          const std::optional<Caller>& caller,
                                                          const std::string& binding, const NewUser& about) const {
  BUSFLOW_TRY(const auto* provider, find(provider_id));
  BUSFLOW_CHECK(check_locale(about.locale));
  if (about.metadata.size() > kLongestMetadata)
    return fail(ErrorName::kValidationFailed, "this is too much to pass through a provider", "$.options.metadata");
  State state{.provider = provider_id,
              .redirect_to = {},
              .nonce = crypto::random_hex(kSecretBytes),
              .code_verifier = openid::new_code_verifier(),
              .binding_hash = {},
              .user_id = caller ? caller->user_id : std::string(),
              .expires_at = context.clock.now() + kTimeAtProvider,
              .about = about};
  BUSFLOW_TRY(state.redirect_to, allowed_redirect(*services_, about.redirect_to));
  // Kept where there is one: two windows of one browser may sign in at the same time.
  Beginning beginning{.address = {},
                      .binding = binding.size() == 2 * kSecretBytes ? binding : crypto::random_hex(kSecretBytes)};
  state.binding_hash = crypto::sha256_hex(beginning.binding);
  BUSFLOW_TRY(beginning.address, provider->authorization_url(context, {.redirect_uri = redirect_uri(provider_id),
                                                                       .state = seal(state),
                                                                       .nonce = state.nonce,
                                                                       .code_verifier = state.code_verifier}));
  return beginning;
}

Result<std::string> FederatedSignIn::redeem(Context& context, const Origin& origin, const openid::Provider& provider,
                                            const State& state, const Callback& callback) const {
  if (!callback.error.empty()) {
    return fail(ErrorName::kOauthProviderError,
                callback.error_description.empty() ? callback.error : callback.error_description);
  }
  BUSFLOW_TRY(auto profile, provider.exchange(context,
                                              {.redirect_uri = redirect_uri(state.provider),
                                               .state = {},
                                               .nonce = state.nonce,
                                               .code_verifier = state.code_verifier},
                                              callback.code));
  if (profile.display_name.empty()) profile.display_name = callback.display_name;
  if (!state.user_id.empty()) {
    BUSFLOW_CHECK(link(context, state.user_id, origin, state.provider, profile));
    return state.redirect_to;
  }
  BUSFLOW_TRY(const auto outcome, enter_with(context, origin, state.provider, profile, state.about));
  return landing_address(state.redirect_to, std::string(kType), outcome);
}

Result<std::string> FederatedSignIn::finish(Context& context, const Origin& origin, const std::string& provider_id,
                                            const Callback& callback) const {
  BUSFLOW_TRY(const auto* provider, find(provider_id));
  BUSFLOW_TRY(const auto state, open(callback.state, provider_id, callback.binding, context.clock.now()));
  auto address = redeem(context, origin, *provider, state, callback);
  if (address || address.error().name == ErrorName::kInternal) return address;
  return landing_address(state.redirect_to, address.error());
}

Result<SignInOutcome> FederatedSignIn::with_id_token(Context& context, const Origin& origin,
                                                     const std::string& provider_id, const std::string& id_token,
                                                     const std::string& nonce, const NewUser& about) const {
  BUSFLOW_CHECK(admit(*services_, context, limits::sign_in_by_address(services_->options), origin.remote_address));
  BUSFLOW_TRY(const auto* provider, find(provider_id));
  BUSFLOW_CHECK(check_locale(about.locale));
  BUSFLOW_TRY(const auto profile, provider->check_id_token(context, id_token, nonce));
  BUSFLOW_TRY(auto outcome, enter_with(context, origin, provider_id, profile, about));
  services_->limiter.give_back(context, limits::sign_in_by_address(services_->options), origin.remote_address);
  return outcome;
}

Result<SignInOutcome> FederatedSignIn::enter_with(Context& context, const Origin& origin,
                                                  const std::string& provider_id, const openid::Profile& profile,
                                                  const NewUser& about) const {
  return services_->pool.transact(
      context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<SignInOutcome> {
        BUSFLOW_TRY(const auto account,
                    account_of_profile(*services_, context, transaction, origin, provider_id, profile, about));
        return enter(*services_, context, transaction, account, origin);
      });
}

Result<void> FederatedSignIn::link(Context& context, const std::string& user_id, const Origin& origin,
                                   const std::string& provider_id, const openid::Profile& profile) const {
  return services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_TRY(const auto owner, user_of_provider(transaction, provider_id, profile.subject));
    if (owner == user_id) return {};
    if (!owner.empty()) return fail(ErrorName::kConflict, "This account belongs to another user.");
    BUSFLOW_CHECK(link_profile(context, transaction, origin, provider_id, profile, user_id));
    return {};
  });
}

Result<void> FederatedSignIn::link_id_token(Context& context, const Caller& caller, const Origin& origin,
                                            const std::string& provider_id, const std::string& id_token,
                                            const std::string& nonce) const {
  BUSFLOW_TRY(const auto* provider, find(provider_id));
  BUSFLOW_TRY(const auto profile, provider->check_id_token(context, id_token, nonce));
  return link(context, caller.user_id, origin, provider_id, profile);
}

Result<std::vector<LinkedProvider>> FederatedSignIn::list(Context& context, const Caller& caller) const {
  return services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) {
    return linked_providers(transaction, caller.user_id);
  });
}

Result<void> FederatedSignIn::unlink(Context& context, const Caller& caller, const Origin& origin,
                                     const std::string& provider_id) const {
  return services_->pool.transact(context, kAsIdentity, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_TRY(const bool was_linked, unlink_provider(transaction, provider_id, caller.user_id));
    if (!was_linked) return fail(ErrorName::kNotFound, "No account of this provider is yours.");
    BUSFLOW_TRY(const auto account, find_account_by_id(transaction, caller.user_id));
    BUSFLOW_TRY(const auto others, linked_providers(transaction, caller.user_id));
    const bool can_enter = account && (account->email_verified || !account->password_hash.empty() || !others.empty());
    if (!can_enter) return fail(ErrorName::kStateConflict, "Give the account an e-mail address or a password first.");
    return record_security_event(transaction, context.identifiers.next().to_string(), caller.user_id,
                                 "provider-unlinked", origin.remote_address, context.clock.now());
  });
}

}  // namespace busflow::identity
