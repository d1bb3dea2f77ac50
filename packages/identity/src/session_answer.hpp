#pragma once

#include <chrono>

#include <platform/json/json.hpp>

#include "usecases/sessions.hpp"

namespace busflow::identity {

/// The session object of Nhost's auth service, which its client libraries read. The operator stands in user.metadata.
json::Object to_session_object(const SignedIn& signed_in, std::chrono::seconds access_token_lifetime);

}  // namespace busflow::identity
