#include <platform/graphql_server/authenticator.hpp>

namespace busflow::graphql_server {
namespace {

Result<Admission> admit_token(const token::Verifier& verifier, const Headers& headers) {
  BUSFLOW_TRY(const auto bearer, token::bearer_token(find_header(headers, "authorization")));
  if (!bearer) {
    return fail(ErrorName::kAuthenticationRequired, "Missing 'Authorization' header in JWT authentication mode");
  }
  BUSFLOW_TRY(const auto verified, verifier.verify(*bearer));
  BUSFLOW_TRY(auto session, token::session_for(*verified, find_header(headers, "x-hasura-role")));
  return Admission{.session = std::move(session), .expires_at = verified->expires_at};
}

}  // namespace

std::optional<std::string_view> find_header(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return std::nullopt;
}

boost::asio::awaitable<Result<Admission>> TokenAuthenticator::admit(Headers headers) const {
  co_return admit_token(verifier_, headers);
}

}  // namespace busflow::graphql_server
