#include <platform/postgres/listener.hpp>

#include <poll.h>

#include <algorithm>

#include <libpq-fe.h>

namespace busflow::postgres {
namespace {

/// How long a stop request may go unnoticed.
constexpr std::chrono::milliseconds kSlice{100};

}  // namespace

Listener::Listener(ConnectionOptions options, std::string channel)
    : options_(std::move(options)), channel_(std::move(channel)) {}

bool Listener::ensure_listening() {
  if (connection_ && connection_->is_alive()) return true;
  connection_.reset();
  auto connection = Connection::open(options_);
  if (!connection) return false;
  connection_ = std::move(*connection);
  return connection_->run("LISTEN " + channel_).has_value();
}

bool Listener::take_notifications() {
  if (PQconsumeInput(connection_->native()) == 0) {
    connection_.reset();
    return false;
  }
  bool notified = false;
  while (PGnotify* notification = PQnotifies(connection_->native())) {
    notified = true;
    PQfreemem(notification);
  }
  return notified;
}

bool Listener::wait(std::chrono::milliseconds timeout, const std::stop_token& stop) {
  const bool was_listening = connection_ != nullptr;
  const bool listening = ensure_listening();
  // What was announced while nobody listened must be looked for.
  if (listening && !was_listening) return true;
  const auto until = std::chrono::steady_clock::now() + timeout;
  while (!stop.stop_requested()) {
    if (connection_ && take_notifications()) return true;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    const auto slice = static_cast<int>(std::min(left, kSlice).count());
    pollfd descriptor{connection_ ? PQsocket(connection_->native()) : -1, POLLIN, 0};
    poll(&descriptor, 1, slice);
  }
  return false;
}

}  // namespace busflow::postgres
