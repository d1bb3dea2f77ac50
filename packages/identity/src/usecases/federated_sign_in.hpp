#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>
#include <platform/openid/provider.hpp>

#include "services.hpp"
#include "storage/provider_storage.hpp"
#include "usecases/sessions.hpp"
#include "usecases/sign_up.hpp"

namespace busflow::identity {

/// Signing in with an account that somebody has elsewhere, and tying such accounts to one's own. Thread-safe.
///
/// Who comes with an address that the provider vouches for enters the account of that address; if nobody ever proved
/// that account's address, its password and sessions end, because a stranger may have made them. An address that the
/// provider does not vouch for is left out.
class FederatedSignIn {
 public:
  explicit FederatedSignIn(std::shared_ptr<const Services> services) : services_(std::move(services)) {}

  struct Beginning {
    std::string address;  ///< At the provider.
    std::string binding;  ///< The browser shows it again when it comes back; without it, it is another browser.
  };
  /// `binding`: what the browser has of an earlier beginning, or empty. `caller`: who ties the account to their own.
  /// kValidationFailed for a provider that is not configured.
  Result<Beginning> begin(Context& context, const std::string& provider_id, const std::optional<Caller>& caller,
                          const std::string& binding, const NewUser& about) const;

  /// What the browser came back with.
  struct Callback {
    std::string state;
    std::string code;
    std::string error;  ///< The provider's, instead of a code.
    std::string error_description;
    std::string display_name;  ///< Apple names people beside the token, and only the first time.
    std::string binding;
  };
  /// The address to go on to: with a refresh token, or with what went wrong. kInvalidState when this browser did not
  /// begin the sign-in, or did too long ago.
  Result<std::string> finish(Context& context, const Origin& origin, const std::string& provider_id,
                             const Callback& callback) const;

  /// With an ID token that an app got by itself.
  Result<SignInOutcome> with_id_token(Context& context, const Origin& origin, const std::string& provider_id,
                                      const std::string& id_token, const std::string& nonce,
                                      const NewUser& about) const;

  /// Ties the token's account to the caller's. kConflict when it is somebody else's.
  Result<void> link_id_token(Context& context, const Caller& caller, const Origin& origin,
                             const std::string& provider_id, const std::string& id_token,
                             const std::string& nonce) const;
  Result<std::vector<LinkedProvider>> list(Context& context, const Caller& caller) const;
  /// kNotFound; kStateConflict when there would be no way left to sign in.
  Result<void> unlink(Context& context, const Caller& caller, const Origin& origin,
                      const std::string& provider_id) const;

 private:
  struct State;
  Result<const openid::Provider*> find(const std::string& provider_id) const;
  std::string seal(const State& state) const;
  Result<State> open(const std::string& sealed, const std::string& provider_id, const std::string& binding,
                     WallTime now) const;
  Result<SignInOutcome> enter_with(Context& context, const Origin& origin, const std::string& provider_id,
                                   const openid::Profile& profile, const NewUser& about) const;
  Result<void> link(Context& context, const std::string& user_id, const Origin& origin, const std::string& provider_id,
                    const openid::Profile& profile) const;
  Result<std::string> redeem(Context& context, const Origin& origin, const openid::Provider& provider,
                             const State& state, const Callback& callback) const;
  std::string redirect_uri(const std::string& provider_id) const;

  std::shared_ptr<const Services> services_;
};

}  // namespace busflow::identity
