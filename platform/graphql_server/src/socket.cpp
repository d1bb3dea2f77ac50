#include "socket.hpp"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

namespace busflow::graphql_server {
namespace {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;

constexpr int kSilentPings = 4;
constexpr std::size_t kLongestReason = 120;  // RFC 6455, section 5.5: a close frame holds 125 bytes.
constexpr std::chrono::seconds kCloseTime{5};

/// A client that offers nothing means the older protocol, as with the reference.
std::optional<Protocol> agreed_protocol(const http::Request& request) {
  const auto agreed = request.header("x-agreed-subprotocol").value_or("");
  if (agreed == kTransportName) return Protocol::kTransport;
  if (agreed == kLegacyName || request.header("sec-websocket-protocol").value_or("").empty()) return Protocol::kLegacy;
  return std::nullopt;
}

}  // namespace

Socket::Socket(std::shared_ptr<Loop> loop, std::shared_ptr<http::WebSocket> stream,
               std::shared_ptr<const http::Request> request, graphql::SchemaKind schema)
    : loop_(std::move(loop)),
      stream_(std::move(stream)),
      request_(std::move(request)),
      schema_(schema),
      agreed_(agreed_protocol(*request_)),
      protocol_(agreed_.value_or(Protocol::kTransport)),
      wake_writer_(loop_->context),
      clock_tick_(loop_->context),
      opened_(std::chrono::steady_clock::now()),
      last_heard_(opened_),
      next_ping_(opened_ + loop_->options.ping_interval) {
  loop_->sockets.insert(this);
  loop_->open_sockets.Increment();
  stream_->read_message_max(loop_->options.max_message_bytes);
  stream_->text(true);
  // The older protocol's client is told that we are there, but never answers; its WebSocket does.
  if (protocol_ == Protocol::kLegacy) {
    stream_->set_option(websocket::stream_base::timeout{.handshake_timeout = kCloseTime,
                                                        .idle_timeout = kSilentPings * loop_->options.ping_interval,
                                                        .keep_alive_pings = true});
  }
}

Socket::~Socket() {
  loop_->sockets.erase(this);
  loop_->open_sockets.Decrement();
}

asio::awaitable<void> Socket::run() {
  const auto self = shared_from_this();
  // Each helper holds a share of the socket, so it may outlast this coroutine by a moment.
  const auto spawn = [&](asio::awaitable<void> task) {
    asio::co_spawn(loop_->context, std::move(task), asio::detached);
  };
  spawn([](std::shared_ptr<Socket> socket) -> asio::awaitable<void> { co_await socket->write_queued(); }(self));
  spawn([](std::shared_ptr<Socket> socket) -> asio::awaitable<void> { co_await socket->keep_time(); }(self));
  if (!agreed_) {
    close(CloseCode::kSubprotocolNotAcceptable, "Subprotocol not acceptable: use graphql-transport-ws");
  }
  if (loop_->is_closing) close(CloseCode::kGoingAway, "the server is stopping");
  boost::beast::flat_buffer buffer;
  while (true) {
    const auto [error, size] = co_await stream_->async_read(buffer, asio::as_tuple(asio::use_awaitable));
    if (error) break;
    last_heard_ = std::chrono::steady_clock::now();
    auto message = stream_->got_text() ? read_message({static_cast<const char*>(buffer.cdata().data()), buffer.size()})
                                       : fail(ErrorName::kBadRequest, "binary messages are not understood");
    buffer.consume(buffer.size());
    if (closing_) continue;  // Until the peer has answered the close.
    if (message) {
      handle(std::move(*message));
    } else {
      refuse_message(std::string(message.error().message()));
    }
  }
  release();
}

void Socket::close(CloseCode code, std::string reason) {
  if (closing_) return;
  if (reason.size() > kLongestReason) reason.resize(kLongestReason);
  closing_.emplace(code, std::move(reason));
  for (auto& [id, operation] : operations_) {
    if (operation.live_query) loop_->live_queries->unsubscribe(*operation.live_query);
  }
  operations_.clear();
  close_by_ = std::chrono::steady_clock::now() + kCloseTime;
  wake_writer_.cancel();
  clock_tick_.cancel();
}

void Socket::release() {
  is_over_ = true;
  close(CloseCode::kGoingAway, "");
  wake_writer_.cancel();
  clock_tick_.cancel();
}

void Socket::send(std::string message) {
  if (closing_) return;
  queued_bytes_ += message.size();
  queue_.push_back(std::move(message));
  if (queued_bytes_ > loop_->options.max_backlog_bytes) {
    close(CloseCode::kTryAgainLater, "the client does not keep up with its messages");
    queue_.clear();
    queued_bytes_ = 0;
    // A peer that does not read would not see a close frame either.
    boost::beast::get_lowest_layer(*stream_).close();
  }
  wake_writer_.cancel();
}

asio::awaitable<void> Socket::write_queued() {
  while (!is_over_) {
    if (queue_.empty()) {
      if (closing_) break;
      wake_writer_.expires_at(SteadyTime::max());
      co_await wake_writer_.async_wait(asio::as_tuple(asio::use_awaitable));
      continue;
    }
    const std::string message = std::move(queue_.front());
    queue_.pop_front();
    const auto [error, size] =
        co_await stream_->async_write(asio::buffer(message), asio::as_tuple(asio::use_awaitable));
    if (error) co_return;
    queued_bytes_ -= std::min(queued_bytes_, message.size());
  }
  if (is_over_) co_return;
  const websocket::close_reason reason(static_cast<websocket::close_code>(closing_->first), closing_->second);
  co_await stream_->async_close(reason, asio::as_tuple(asio::use_awaitable));
}

SteadyTime Socket::next_deadline() const {
  SteadyTime deadline = close_by_.value_or(SteadyTime::max());
  if (closing_) return deadline;
  if (protocol_ == Protocol::kTransport)
    deadline = std::min(deadline, last_heard_ + kSilentPings * loop_->options.ping_interval);
  if (!session_) return std::min(deadline, opened_ + loop_->options.initialisation_timeout);
  return std::min({deadline, token_expires_, next_ping_});
}

asio::awaitable<void> Socket::keep_time() {
  const auto& options = loop_->options;
  while (!is_over_) {
    const auto now = std::chrono::steady_clock::now();
    const bool is_silent =
        protocol_ == Protocol::kTransport && now >= last_heard_ + kSilentPings * options.ping_interval;
    if (is_silent || (close_by_ && now >= *close_by_)) {
      boost::beast::get_lowest_layer(*stream_).close();  // Nobody is there: the read ends with an error.
      co_return;
    }
    if (!session_ && now >= opened_ + options.initialisation_timeout) {
      close(CloseCode::kInitialisationTimeout, "Connection initialisation timeout");
    }
    if (now >= token_expires_) close(CloseCode::kForbidden, "Could not verify JWT: JWTExpired");
    if (session_ && now >= next_ping_) {
      send(keep_alive(protocol_));
      next_ping_ = now + options.ping_interval;
    }
    clock_tick_.expires_at(next_deadline());
    co_await clock_tick_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

}  // namespace busflow::graphql_server
