#pragma once

#include <string>

#include "usecases/sessions.hpp"

namespace busflow::identity {

/// Where a browser goes on to that signed in by an address and not by a call: `redirect` with a refresh token, or with
/// the ticket for the second factor.
std::string landing_address(const std::string& redirect, const std::string& type, const SignInOutcome& outcome);
/// The same with what went wrong, as Nhost Auth names it.
std::string landing_address(const std::string& redirect, const Error& error);

}  // namespace busflow::identity
