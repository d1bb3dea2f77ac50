#pragma once

#include <functional>
#include <memory>
#include <semaphore>
#include <set>
#include <string>

#include <platform/graphql_metadata/service.hpp>
#include <platform/graphql_server/authenticator.hpp>
#include <platform/graphql_server/endpoint.hpp>
#include <platform/http/router.hpp>
#include <platform/http/synchronous.hpp>
#include <platform/http/transfer.hpp>
#include <platform/json/json.hpp>

namespace busflow::graphql_api {

struct ApiOptions {
  std::set<std::string> enabled = {"graphql", "metadata", "pgdump", "config", "developer"};
  std::string version;         ///< What /v1/version says.
  json::Object configuration;  ///< What /v1alpha1/config says.
  std::string console;         ///< Folder of the files that are served at /; empty: none.
  std::string pg_dump;         ///< The program; empty: the one that goes with the version of the source's server.
};

/// What the API stands on. References outlive it.
struct ApiParts {
  graphql_metadata::Service& service;
  graphql_server::Endpoint& endpoint;
  const graphql_server::Authenticator& authenticator;
  http::SynchronousEnvironment environment;
};

/// The reference's HTTP surface around the GraphQL endpoint: /v1/metadata, /v1/query, /v2/query, explain, REST
/// endpoints of saved queries, pg_dump, health and version. Errors are {"path", "error", "code"}.
class Api {
 public:
  Api(ApiOptions options, ApiParts parts) : options_(std::move(options)), parts_(std::move(parts)) {}

  /// The API outlives the server.
  void add_routes(http::Router& router);

 private:
  using Request = std::shared_ptr<http::Request>;
  /// Answers an administrator, from a worker thread.
  using Answer = std::function<graphql_metadata::Outcome<json::Value>(Context&, const json::Value& body)>;
  boost::asio::awaitable<http::Response> administer(Request request, std::shared_ptr<const Answer> answer);
  void add_administration(http::Router& router, const std::string& method, const std::string& path, Answer answer);
  http::Response settled(Result<http::Response> result) const;
  boost::asio::awaitable<http::Response> run_older_graphql(Request request);
  boost::asio::awaitable<http::Response> run_saved(Request request);
  boost::asio::awaitable<http::Response> dump(std::shared_ptr<http::Transfer> transfer);
  /// Ours: closes the WebSockets of one user.
  boost::asio::awaitable<http::Response> disconnect(Request request);
  boost::asio::awaitable<http::Response> version();
  boost::asio::awaitable<http::Response> health(Request request);

  const ApiOptions options_;
  ApiParts parts_;
  /// Each dump that is made holds a worker, of which others must stay free.
  static constexpr std::ptrdiff_t kMostDumps = 2;
  std::counting_semaphore<kMostDumps> dump_places_{kMostDumps};
};

}  // namespace busflow::graphql_api
