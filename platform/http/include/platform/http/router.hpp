#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <platform/base/result.hpp>
#include <platform/http/event_stream.hpp>
#include <platform/http/handler.hpp>
#include <platform/http/message.hpp>
#include <platform/http/transfer.hpp>

namespace busflow::http {

using WebSocket = boost::beast::websocket::stream<boost::asio::ip::tcp::socket>;

/// Owns the socket after a successful upgrade; the connection closes when it returns.
using WebSocketHandler =
    std::function<boost::asio::awaitable<void>(std::shared_ptr<WebSocket>, std::shared_ptr<Request>)>;
/// The response's header has been sent; the connection closes when it returns. The stream must not be used after that.
using StreamHandler =
    std::function<boost::asio::awaitable<void>(std::shared_ptr<EventStream>, std::shared_ptr<Request>)>;

struct WebSocketRoute {
  std::vector<std::string> subprotocols;  ///< In order of preference; the first that the client offers is agreed on.
  WebSocketHandler handler;
};

struct Route {
  std::string method;
  std::string pattern;
  std::variant<Handler, StreamHandler, TransferHandler> action;
};

/// Finds the handler of a method and a path. Patterns are exact, or have named segments: "/v1/files/{id}", of which the
/// last may take the whole rest of the path: "/api/rest/{path*}". Fill it before the server starts; const use is
/// thread-safe.
class Router {
 public:
  void add(std::string method, std::string pattern, Handler handler);
  void add_transfer(std::string method, std::string pattern, TransferHandler handler);
  void add_stream(std::string method, std::string pattern, StreamHandler handler);
  void add_websocket(std::string path, WebSocketRoute route);
  /// Answers what no route does, unknown methods of known paths included.
  void add_fallback(Handler handler);

  /// Fills path_parameters. HEAD is served by GET. kNotFound; or kMethodNotAllowed with the methods that would do in
  /// `detail`.
  Result<const Route*> find(Request& request) const;
  const WebSocketRoute* find_websocket(std::string_view path) const;
  const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }

 private:
  void insert(Route route);

  std::vector<std::unique_ptr<Route>> routes_;
  std::map<std::string, std::map<std::string, const Route*, std::less<>>, std::less<>>
      exact_;  ///< path → method → route
  std::map<std::string, WebSocketRoute, std::less<>> websockets_;
  std::unique_ptr<Route> fallback_;
};

}  // namespace busflow::http
