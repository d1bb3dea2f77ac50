#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>
#include <platform/security_key/security_key.hpp>

#include "services.hpp"
#include "storage/security_key_storage.hpp"
#include "usecases/sessions.hpp"
#include "usecases/sign_up.hpp"

namespace busflow::identity {

/// Passkeys and security keys (Web Authentication). Every question may be answered once, within five minutes.
/// Thread-safe.
class SecurityKeys {
 public:
  explicit SecurityKeys(std::shared_ptr<const Services> services) : services_(std::move(services)) {}

  /// What the browser needs to ask an authenticator; `challenge` and ids in base64url.
  struct Asking {
    std::string challenge;
    std::vector<std::string> credential_ids;  ///< Of which one must answer, or for a new one: which must not be there.
    std::string user_id;                      ///< For a new credential.
    std::string name;
    std::string display_name;
  };

  /// With no address, any passkey that the authenticator has for this site. An address that has no account or no key
  /// gets an id that nobody has, always the same, and so looks like one that has.
  Result<Asking> ask_sign_in(Context& context, const Origin& origin, const std::string& email) const;
  /// A second factor is asked for unless the authenticator knew its user. kInvalidSecurityKey,
  /// kInvalidSecurityKeyProof.
  Result<SignInOutcome> sign_in(Context& context, const Origin& origin, const std::string& credential_id,
                                const security_key::Assertion& assertion) const;

  Result<Asking> ask_sign_up(Context& context, const Origin& origin, const std::string& email) const;
  /// As SignUp::with_password(), with a key in the password's place.
  Result<std::optional<SignedIn>> sign_up(Context& context, const Origin& origin,
                                          const security_key::Registration& registration, const std::string& nickname,
                                          const NewUser& about) const;

  Result<Asking> ask_add(Context& context, const Caller& caller) const;
  /// Gives the new key's id.
  Result<std::string> add(Context& context, const Caller& caller, const Origin& origin,
                          const security_key::Registration& registration, const std::string& nickname) const;
  Result<std::vector<SecurityKey>> list(Context& context, const Caller& caller) const;
  Result<void> remove(Context& context, const Caller& caller, const Origin& origin, const std::string& id) const;

  /// For a caller who has a session, and is about to do what must not be done by whoever finds a screen unlocked.
  Result<Asking> ask_elevation(Context& context, const Caller& caller) const;
  Result<SignedIn> elevate(Context& context, const Caller& caller, const Origin& origin,
                           const std::string& credential_id, const security_key::Assertion& assertion) const;

 private:
  struct Answered {
    SecurityKey key;
    security_key::Proof proof;
  };
  Result<Asking> ask(Context& context, postgres::Transaction& transaction, Question question) const;
  Result<security_key::Credential> registered(Context& context, postgres::Transaction& transaction,
                                              std::string_view purpose, const security_key::Registration& registration,
                                              Question& question) const;
  Result<Answered> answered(Context& context, postgres::Transaction& transaction, std::string_view purpose,
                            const std::string& credential_id, const security_key::Assertion& assertion) const;
  Result<std::string> keep(Context& context, postgres::Transaction& transaction, const Origin& origin,
                           const std::string& user_id, const std::string& nickname,
                           security_key::Credential credential) const;

  std::shared_ptr<const Services> services_;
};

/// kElevationRequired when the caller has a security key and did not use it just now; who has none is let through.
Result<void> check_elevation(const Services& services, Context& context, const Caller& caller);

}  // namespace busflow::identity
