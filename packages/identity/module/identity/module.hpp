#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include <identity/custom_claims.hpp>
#include <identity/methods.hpp>
#include <platform/application/module.hpp>
#include <platform/crypto/password.hpp>
#include <platform/crypto/vault.hpp>
#include <platform/http_client/client.hpp>
#include <platform/openid/provider_settings.hpp>
#include <platform/postgres/pool.hpp>
#include <platform/rate_limit/limiter.hpp>
#include <platform/token/minter.hpp>
#include <platform/token/verifier.hpp>

/// Who may enter: people, the ways in which they prove who they are, and their sessions. The routes under /v1/auth are
/// those of Nhost Auth, so that its clients work unchanged (docs/protocols/auth.md).
namespace busflow::identity {

struct Options {
  std::chrono::seconds refresh_token_lifetime{604800};
  std::chrono::seconds refresh_grace{60};  ///< For how long a refresh token that was used gives its successor again.
  std::string server_url = "http://127.0.0.1:4000/v1/auth";  ///< As links in e-mails name this service.
  std::string client_url = "http://127.0.0.1:8080";          ///< The web app.
  std::string allowed_redirect_urls;                         ///< Besides the web app's own, separated by commas.
  Methods methods = all_methods();                    ///< Others answer as Nhost Auth does where they are switched off.
  std::string security_key_site{};                    ///< A host name; empty: that of the first of the pages below.
  std::vector<std::string> security_key_origins{};    ///< Pages that may ask for security keys; empty: client_url.
  std::vector<openid::ProviderSettings> providers{};  ///< Services whose accounts people may sign in with.
  std::vector<CustomClaim> custom_claims{};           ///< Further claims of access tokens.
  bool is_sign_up_open = true;
  bool needs_verified_email = true;
  std::chrono::milliseconds even_answer{100};    ///< What asks for a message takes at least so long.
  std::size_t password_length = 9;               ///< Shortest, in characters.
  std::size_t failed_sign_ins = 10;              ///< Of one account within five minutes, before it has to wait.
  std::size_t failed_sign_ins_by_address = 100;  ///< From one address within five minutes.
  std::size_t sign_ups_by_address = 10;          ///< Within five minutes.
  std::size_t messages = 10;                     ///< To one recipient within an hour.
  std::size_t messages_by_address = 50;          ///< Asked for from one address within an hour.
  crypto::PasswordCost password_cost = crypto::PasswordCost::kInteractive;
};

struct Dependencies {
  postgres::Pool& pool;
  const token::Minter& minter;
  const token::Verifier& verifier;  ///< Of the minter's tokens.
  rate_limit::Limiter& limiter;
  const crypto::Vault& vault;
  const http_client::Client& http;  ///< To the providers.
  Options options{};
};

/// The references must outlive the module.
application::Module make_module(Dependencies dependencies);

}  // namespace busflow::identity
