#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <platform/base/result.hpp>
#include <platform/token/signing_keys.hpp>

namespace busflow::openid {

/// A service that vouches for people, and what we are called there.
struct ProviderSettings {
  enum class Protocol : std::uint8_t {
    kOpenId,  ///< OpenID Connect: everything else is in the issuer's discovery document.
    kGitHub,  ///< OAuth 2.0 with GitHub's own addresses for who somebody is.
  };

  std::string id;    ///< In our addresses: "google".
  std::string name;  ///< For people: "Google".
  Protocol protocol = Protocol::kOpenId;
  std::string issuer;
  std::string client_id;
  /// What our apps on phones are called there; only ID tokens that an app shows may be for them.
  std::vector<std::string> app_client_ids{};
  std::string client_secret{};  ///< Empty for Apple, which wants it signed each time.
  std::string scope = "openid email profile";
  bool posts_answer = false;  ///< The answer comes as a form and not in the address (Apple, where it names the user).

  // Of Protocol::kGitHub.
  std::string authorization_url{};
  std::string token_url{};
  std::string api_url{};

  // Of Apple.
  std::string team_id{};
  std::string key_id{};
  std::shared_ptr<const token::SigningKeys> signing_key{};
};

/// A JSON array with an object for each provider:
///
///     {"preset": "google" | "github" | "microsoft", "client_id": …, "client_secret": …}
///     {"preset": "apple", "client_id": …, "team_id": …, "key_id": …, "private_key": "PEM"}
///     {"id": …, "name": …, "issuer": "https://…", "client_id": …, "client_secret": …}
///
/// Every object may have "id", "name", "scope", "issuer" and "app_client_ids" (an array) besides; "microsoft" takes
/// "tenant" as well. An empty text is no provider. kInvalidSetting names the object and the field, never a secret.
Result<std::vector<ProviderSettings>> read_providers(std::string_view text);

}  // namespace busflow::openid
