#pragma once

#include <string_view>

#include <platform/base/result.hpp>
#include <platform/json/json.hpp>
#include <platform/token/verifier.hpp>

namespace busflow::token {

/// Reads the payload of a token whose signature is good. Checks everything but the time.
Result<VerifiedToken> read_claims(std::string_view payload, std::string_view issuer);

/// Reads roles and variables from the object of x-hasura-… claims.
Result<void> read_session_claims(const json::Object& claims, VerifiedToken& token);

}  // namespace busflow::token
