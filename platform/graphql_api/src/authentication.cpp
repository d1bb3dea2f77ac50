#include <platform/graphql_api/authentication.hpp>

#include <algorithm>

#include <platform/crypto/digest.hpp>

namespace busflow::graphql_api {
namespace {

using graphql_server::Admission;
using graphql_server::find_header;
using graphql_server::Headers;

constexpr std::string_view kVariablePrefix = "x-hasura-";
constexpr std::string_view kSecret = "x-hasura-admin-secret";
constexpr std::string_view kOlderSecret = "x-hasura-access-key";
constexpr std::string_view kRole = "x-hasura-role";
constexpr std::string_view kAdmin = "admin";

/// The role and the variables that the headers name, believed as they are.
Session named_session(const Headers& headers, std::string_view default_role) {
  std::map<std::string, std::string, std::less<>> variables;
  for (const auto& [name, value] : headers) {
    if (name.starts_with(kVariablePrefix) && name != kSecret && name != kOlderSecret) variables.emplace(name, value);
  }
  const std::string role(find_header(headers, kRole).value_or(default_role));
  variables[std::string(kRole)] = role;
  return {role, std::move(variables)};
}

class SecretAuthenticator final : public graphql_server::Authenticator {
 public:
  explicit SecretAuthenticator(AuthenticationOptions options) : options_(std::move(options)) {}

  boost::asio::awaitable<Result<Admission>> admit(Headers headers) const override { co_return decide(headers); }

 private:
  Result<Admission> decide(const Headers& headers) const {
    if (options_.admin_secret.empty())
      return Admission{.session = named_session(headers, kAdmin), .has_admin_secret = true};
    auto shown = find_header(headers, kSecret);
    if (!shown) shown = find_header(headers, kOlderSecret);
    if (shown) {
      if (!crypto::equal_in_constant_time(*shown, options_.admin_secret)) {
        return fail(ErrorName::kRoleNotAllowed, R"(invalid "x-hasura-admin-secret"/"x-hasura-access-key")");
      }
      return Admission{.session = named_session(headers, kAdmin), .has_admin_secret = true};
    }
    if (options_.unauthorized_role) {
      return Admission{.session =
                           Session(*options_.unauthorized_role, {{std::string(kRole), *options_.unauthorized_role}})};
    }
    return fail(ErrorName::kRoleNotAllowed, R"("x-hasura-admin-secret"/"x-hasura-access-key" required, but not found)");
  }

  const AuthenticationOptions options_;
};

}  // namespace

std::unique_ptr<graphql_server::Authenticator> make_authenticator(AuthenticationOptions options) {
  return std::make_unique<SecretAuthenticator>(std::move(options));
}

}  // namespace busflow::graphql_api
