#pragma once

#include <memory>
#include <string>
#include <vector>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>
#include <platform/http_client/client.hpp>
#include <platform/openid/provider_settings.hpp>

/// Signing in with an account that somebody has elsewhere: OpenID Connect Core 1.0 and Discovery 1.0
/// (https://openid.net/specs/openid-connect-core-1_0.html), code flow with PKCE (RFC 7636).
namespace busflow::openid {

/// Who somebody is, in the provider's words.
struct Profile {
  std::string subject;  ///< Never changes at this provider.
  std::string email;
  bool email_verified = false;  ///< The provider vouches for the address.
  std::string display_name;
  std::string avatar_url;  ///< https only; never fetched by us.
  std::string locale;
};

/// What one sign-in is made of. Only the first three leave us for the browser.
struct Authorization {
  std::string redirect_uri;
  std::string state;
  std::string nonce;
  std::string code_verifier;
};

/// 43 to 128 characters that nobody can guess (RFC 7636, section 4.1).
std::string new_code_verifier();

/// One provider. Its discovery document and keys are fetched when they are first needed and kept for an hour; an
/// unknown key is looked for again, at most once in half a minute. Thread-safe.
class Provider {
 public:
  /// The client must outlive it; it refuses http:// addresses, so none that a provider names is followed.
  Provider(ProviderSettings settings, const http_client::Client& client);
  ~Provider();
  Provider(Provider&&) noexcept;

  const ProviderSettings& settings() const { return settings_; }

  /// Where the browser is sent. kUpstreamUnavailable, kUpstreamInvalid.
  Result<std::string> authorization_url(Context& context, const Authorization& authorization) const;

  /// With the code that the browser came back with. kOauthTokenExchangeFailed, kOauthProfileFetchFailed; their details
  /// name what was wrong, no token.
  Result<Profile> exchange(Context& context, const Authorization& authorization, const std::string& code) const;

  /// For who got an ID token by themselves, as apps on phones do; it may be for one of the apps. `nonce`: what they
  /// gave the provider, as it is or as SHA-256 in hexadecimal; empty only when the token has none. kInvalidToken;
  /// kNotSupported where there are none.
  Result<Profile> check_id_token(Context& context, const std::string& id_token, const std::string& nonce) const;

 private:
  class Documents;

  Result<std::string> client_secret(const Context& context, const std::string& audience) const;
  Result<std::string> token_answer(Context& context, const Authorization& authorization, const std::string& code) const;
  Result<Profile> verified(Context& context, const std::string& id_token, const std::string& nonce,
                           const std::vector<std::string>& audiences) const;

  ProviderSettings settings_;
  const http_client::Client& client_;
  std::unique_ptr<Documents> documents_;
};

}  // namespace busflow::openid
