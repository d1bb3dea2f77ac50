#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/identifier.hpp>
#include <platform/graphql_server/authenticator.hpp>
#include <platform/http_client/client.hpp>
#include <platform/runtime/worker_pool.hpp>
#include <platform/telemetry/logger.hpp>
#include <platform/token/jwt_secret.hpp>

namespace busflow::graphql_api {

/// How callers are told apart, as the reference's settings say it. Who shows the admin secret is admin, or whatever
/// role and variables the `x-hasura-…` headers name; a wrong one is refused whatever else is shown. Everybody else:
/// without a secret at all, is believed; with `jwt`, needs a token; with `hook`, is whom the hook says; otherwise, and
/// when nothing is shown, has the unauthorized role, if there is one.
struct AuthenticationOptions {
  std::string admin_secret;                      ///< Empty: none.
  std::optional<std::string> unauthorized_role;  ///< Of callers who show nothing.
  std::vector<token::JwtSecret> jwt;             ///< Several are told apart by the token's issuer.
  std::string hook;                              ///< The address of a webhook; empty: none.
  bool hook_gets_body = false;                   ///< POST with the headers as JSON, instead of GET with the headers.
};

/// References outlive the authenticator.
struct AuthenticationParts {
  const http_client::Client& client;
  runtime::WorkerPool& workers;
  const Clock& clock;
  IdentifierSource& identifiers;
  telemetry::Logger logger;
};

std::unique_ptr<graphql_server::Authenticator> make_authenticator(AuthenticationOptions options,
                                                                  AuthenticationParts parts);

}  // namespace busflow::graphql_api
