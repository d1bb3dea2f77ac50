#pragma once

#include <memory>
#include <optional>
#include <string>

#include <platform/graphql_server/authenticator.hpp>

namespace busflow::graphql_api {

/// How callers are told apart, as the reference's settings say it:
/// no admin secret: everybody is admin, or the role and the variables that they name in `x-hasura-…` headers;
/// a secret alone: who shows it is admin or any role; without it, only the unauthorized role, where there is one.
struct AuthenticationOptions {
  std::string admin_secret;                      ///< Empty: none.
  std::optional<std::string> unauthorized_role;  ///< Of callers who show nothing.
};

std::unique_ptr<graphql_server::Authenticator> make_authenticator(AuthenticationOptions options);

}  // namespace busflow::graphql_api
