#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace busflow::testkit {

/// Stands between a client and a server on a Unix socket, and does to their connections what networks do: a real socket
/// closes, a real byte is late. Listens on a free port of 127.0.0.1. All members may be called from any thread; each
/// has taken effect when it returns.
class TcpGate {
 public:
  enum class Direction : std::uint8_t { kToServer, kToClient };

  /// Throws where no port can be opened.
  explicit TcpGate(const std::string& server_socket);
  ~TcpGate();
  TcpGate(const TcpGate&) = delete;
  TcpGate& operator=(const TcpGate&) = delete;

  std::uint16_t port() const;

  /// Lets everything pass, what was held included; so it begins.
  void open();
  /// Closes all connections, and each new one at once.
  void refuse();
  /// Holds all bytes but keeps the connections, as a network does that lost its way.
  void stall();
  /// Closes the connections there are. New ones pass as before.
  void cut();
  /// Once: closes the connection that carries the `bytes`-th byte in that direction, counted from now over all of them;
  /// what comes after that byte does not pass.
  void cut_after(Direction direction, std::size_t bytes);
  /// How often cut_after() has closed a connection.
  std::size_t cuts() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace busflow::testkit
