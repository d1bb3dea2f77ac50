#pragma once

#include <chrono>

#include <platform/json/json.hpp>

#include "usecases/sessions.hpp"

namespace busflow::identity {

/// The user object of Nhost Auth, which its client libraries read. The operator stands in its metadata.
json::Object to_user_object(const Account& account);
/// Its session object.
json::Object to_session_object(const SignedIn& signed_in, std::chrono::seconds access_token_lifetime);
/// `{session}`.
json::Object to_session_payload(const SignedIn& signed_in, std::chrono::seconds access_token_lifetime);
/// `{session, mfa}`: one of them is null.
json::Object to_sign_in_object(const SignInOutcome& outcome, std::chrono::seconds access_token_lifetime);

}  // namespace busflow::identity
