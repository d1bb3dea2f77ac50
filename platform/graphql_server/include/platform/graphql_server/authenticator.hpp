#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/base/session.hpp>
#include <platform/token/verifier.hpp>

namespace busflow::graphql_server {

/// A request's headers, or those in the payload of connection_init. Names in lower case.
using Headers = std::vector<std::pair<std::string, std::string>>;

/// The first header of that name, in lower case.
std::optional<std::string_view> find_header(const Headers& headers, std::string_view name);

/// Who was let in, and until when.
struct Admission {
  Session session;
  WallTime expires_at = WallTime::max();
  bool has_admin_secret = false;  ///< Showed it, or none is configured: may use the administrative endpoints as admin.
};

/// Decides who is asking. Thread-safe.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  /// Runs on an event loop and does not block it. The error tells the client what to change, with the reference's codes
  /// and words.
  virtual boost::asio::awaitable<Result<Admission>> admit(Headers headers) const = 0;
};

/// A bearer token is needed; `x-hasura-role` chooses among its roles.
class TokenAuthenticator final : public Authenticator {
 public:
  /// The verifier outlives it.
  explicit TokenAuthenticator(const token::Verifier& verifier) : verifier_(verifier) {}
  boost::asio::awaitable<Result<Admission>> admit(Headers headers) const override;

 private:
  const token::Verifier& verifier_;
};

}  // namespace busflow::graphql_server
