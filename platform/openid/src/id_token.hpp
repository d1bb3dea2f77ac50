#pragma once

#include <string>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/json/json.hpp>
#include <platform/openid/provider.hpp>
#include <platform/token/key_set.hpp>

namespace busflow::openid {

/// Whether a key of the set made the token's signature, by an algorithm with a public key: a client secret must not be
/// able to vouch for anybody.
bool is_signed_by_one_of(const token::UnverifiedToken& token, const token::KeySet& keys);
/// Whether the set has a key that the token could mean.
bool has_key_for(const token::UnverifiedToken& token, const token::KeySet& keys);

/// Checks the claims of an ID token whose signature is good (OpenID Connect Core 1.0, section 3.1.3.7). kInvalidToken.
/// `audiences`: who it may be for, any one of them.
Result<Profile> check_id_claims(const std::vector<std::string>& audiences, const std::string& issuer,
                                const token::UnverifiedToken& token, const std::string& nonce, WallTime now);

/// The text of a member; empty when it is absent or something else.
std::string text_of(const json::Object& object, std::string_view name);

/// Only addresses that a browser fetches over TLS.
std::string safe_picture(std::string address);

}  // namespace busflow::openid
