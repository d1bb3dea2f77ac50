#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>
#include <platform/http_client/message.hpp>

namespace busflow::http_client {

/// Which addresses a host name may lead to. Checked at each connection, after the name was resolved, so that neither a
/// redirect nor a changed DNS record gets around it.
enum class AddressPolicy : std::uint8_t {
  kAny,         ///< For addresses that come from the operator's settings.
  kPublicOnly,  ///< For addresses that come from users: no loopback, private, link-local or other special ranges.
};

struct ClientOptions {
  std::string ca_file;            ///< PEM file of trusted certificates; empty: the system's.
  bool allow_plain_http = false;  ///< Otherwise http:// addresses are refused.
  AddressPolicy addresses = AddressPolicy::kAny;
  std::chrono::milliseconds connect_timeout{5000};
  std::string user_agent = "busflow";
};

/// HTTP requests to other servers, on libcurl. Certificates are always verified; environment variables for proxies are
/// ignored. Connections are kept and used again. Thread-safe: each request has a handle of its own.
class Client {
 public:
  explicit Client(ClientOptions options = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Blocks until the answer is there, whatever its status. Gives up at the nearer of the request's timeout and the
  /// context's deadline, and within a second of the context's cancellation.
  ///
  /// kUpstreamUnavailable: no connection, or it broke; kUpstreamUntrusted: its certificate; kUpstreamInvalid: an answer
  /// that is malformed or larger than allowed; kAddressNotAllowed: see AddressPolicy and allow_plain_http;
  /// kDeadlineExceeded, kCancelled; kBadRequest: the request itself; or what `body_source` or `body_sink` returned.
  /// Details name the host, never a header or the query.
  Result<Response> send(Context& context, const Request& request) const;

 private:
  class Handles;

  ClientOptions options_;
  std::unique_ptr<Handles> handles_;
};

}  // namespace busflow::http_client
