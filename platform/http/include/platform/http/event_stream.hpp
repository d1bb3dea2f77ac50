#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace busflow::http {

/// The sending end of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). A stream
/// that is silent for long is cut by proxies: call heartbeat() at least every 15 seconds.
class EventStream {
 public:
  static constexpr std::chrono::seconds kHeartbeatInterval{15};

  explicit EventStream(boost::asio::ip::tcp::socket& socket) : socket_(socket) {}

  /// False once the client is gone: stop producing then. `data` may have several lines.
  boost::asio::awaitable<bool> send(std::string data, std::string event = {}, std::string id = {});
  /// A comment line, which clients ignore.
  boost::asio::awaitable<bool> heartbeat();

 private:
  boost::asio::awaitable<bool> write(std::string text);
  boost::asio::ip::tcp::socket& socket_;
};

}  // namespace busflow::http
