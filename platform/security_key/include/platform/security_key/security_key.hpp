#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <platform/base/result.hpp>

/// The server's side of Web Authentication Level 3 (https://www.w3.org/TR/webauthn-3/, sections 7.1 and 7.2): what an
/// authenticator says is checked, with libfido2. Attestation is not asked for and not looked at: who makes a key does
/// not matter here, that it stays the same does.
namespace busflow::security_key {

/// Who asks: the pages at `origins`, for keys that belong to the site `id`, which is a host name or a domain above it.
struct RelyingParty {
  std::string id;                    ///< "example.com"
  std::vector<std::string> origins;  ///< "https://app.example.com"
};

struct Credential {
  std::string id;              ///< Bytes.
  std::string public_key;      ///< Bytes, as libfido2 has them for the algorithm.
  std::int64_t algorithm = 0;  ///< COSE: -7 (ES256), -8 (EdDSA), -257 (RS256).
  std::uint32_t sign_count = 0;
};

/// COSE algorithms that are taken, the preferred first.
inline constexpr std::int64_t kAlgorithms[] = {-7, -8, -257};

/// What an authenticator answered. All are bytes.
struct Registration {
  std::string client_data;  ///< JSON.
  std::string attestation_object;
};
struct Assertion {
  std::string client_data;
  std::string authenticator_data;
  std::string signature;
};

/// The challenge that the answer is to, in base64url. Nothing about it is verified. Empty when it has none.
std::string challenge_of(std::string_view client_data);

/// A new credential. kInvalidSecurityKeyProof names what is wrong.
Result<Credential> check_registration(const RelyingParty& party, std::string_view challenge,
                                      const Registration& registration);

struct Proof {
  std::uint32_t sign_count = 0;  ///< To be kept.
  bool verified_user = false;    ///< The authenticator asked for a PIN, a finger or a face: two factors in one.
};
/// Whether the credential's key answered this challenge. kInvalidSecurityKeyProof, also when its count goes backwards:
/// then there are two of it.
Result<Proof> check_assertion(const RelyingParty& party, std::string_view challenge, const Credential& credential,
                              const Assertion& assertion);

}  // namespace busflow::security_key
