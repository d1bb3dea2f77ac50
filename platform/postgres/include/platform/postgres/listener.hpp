#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>

#include <platform/postgres/connection.hpp>

namespace busflow::postgres {

/// Waits for NOTIFY on one channel, and connects again by itself. Use by one thread.
class Listener {
 public:
  /// `channel` is a plain identifier.
  Listener(ConnectionOptions options, std::string channel);

  /// Returns at the first notification, at the timeout, or soon after a stop was asked for. Without a connection it
  /// waits out the timeout: callers poll then, so nothing is lost, only later. True when notified.
  bool wait(std::chrono::milliseconds timeout, const std::stop_token& stop);

 private:
  bool ensure_listening();
  bool take_notifications();

  ConnectionOptions options_;
  std::string channel_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace busflow::postgres
