#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <platform/json/json.hpp>

namespace busflow::graphql_server {

/// A GraphQL client over one WebSocket. Every wait has a limit, after which it fails.
class SocketClient {
 public:
  explicit SocketClient(std::uint16_t port, const std::string& subprotocol = "graphql-transport-ws");

  void send(const std::string& text);
  void send(const json::Object& message) { send(json::serialize(message)); }
  /// connection_init with the token, and its acknowledgement.
  void initialise(const std::string& token);
  void subscribe(const std::string& id, const std::string& query, json::Object variables = {});

  /// The next message that is no sign of life; empty when the socket was closed or nothing came in time.
  std::string receive();
  /// The payload's data of the next message, which must be a "next" for `id`.
  std::string receive_data(const std::string& id);
  /// True when nothing but pings came for that long.
  bool is_silent(std::chrono::milliseconds during);
  /// Waits for the close: its code and reason as "4403 reason"; what came before is dropped.
  std::string closed();

 private:
  std::optional<std::string> read(std::chrono::milliseconds limit);

  boost::asio::io_context io_;
  boost::beast::websocket::stream<boost::asio::ip::tcp::socket> stream_;
  boost::beast::flat_buffer buffer_;
  bool is_reading_ = false;
  bool is_closed_ = false;
  std::optional<std::string> arrived_;
};

struct HttpAnswer {
  int status = 0;
  std::string body;
};
/// One POST of `body` to /v1/graphql.
HttpAnswer post(std::uint16_t port, const std::string& body, const std::string& headers = {});

}  // namespace busflow::graphql_server
