#include "listener.hpp"

#include <sys/socket.h>

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <platform/base/identifier.hpp>

#include "connection.hpp"

namespace busflow::http {
namespace {

using ReusePort = boost::asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

/// After running out of file descriptors, accepting at once would only burn time.
constexpr std::chrono::milliseconds kAcceptPause{50};
constexpr std::chrono::milliseconds kLongestSweepInterval{250};

RouteMetrics resolve(telemetry::Metrics& metrics, const std::string& method, const std::string& route) {
  RouteMetrics resolved;
  for (int status_class = 1; status_class <= 5; ++status_class) {
    resolved.by_status_class[status_class] =
        &metrics.counter("http_requests_total", "Requests answered.",
                         {{"method", method}, {"route", route}, {"status", fmt::format("{}xx", status_class)}});
  }
  resolved.duration =
      &metrics.duration("http_request_duration_seconds", "From the request's last byte to the answer's.",
                        {{"method", method}, {"route", route}});
  return resolved;
}

}  // namespace

Listener::Listener(const ServerOptions& options, const Router& router, boost::asio::io_context& loop,
                   std::size_t loop_index, runtime::WorkerPool* compressors, telemetry::Logger logger,
                   telemetry::Metrics& metrics, std::atomic<std::size_t>& connections)
    : options_(options),
      router_(router),
      loop_(loop),
      loop_index_(loop_index),
      compressors_(compressors),
      logger_(std::move(logger)),
      connection_count_(connections),
      connection_gauge_(metrics.gauge("http_connections", "Open connections.")),
      acceptor_(loop),
      sweep_timer_(loop),
      request_id_prefix_(RandomIdentifierSource{}.next().to_string().substr(24)) {
  for (const auto& route : router.routes())
    metrics_.emplace(route.get(), resolve(metrics, route->method, route->pattern));
  metrics_.emplace(nullptr, resolve(metrics, "any", "none"));
}

Result<void> Listener::bind(std::uint16_t& port) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(options_.address, error);
  if (error)
    return fail(ErrorName::kInvalidSetting, fmt::format("http.address: '{}' is no IP address", options_.address));
  const boost::asio::ip::tcp::endpoint endpoint(address, port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(boost::asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.set_option(ReusePort(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(boost::asio::socket_base::max_listen_connections, error);
  if (error)
    return fail(ErrorName::kInternal,
                fmt::format("cannot listen on {}:{}: {}", options_.address, port, error.message()));
  port = acceptor_.local_endpoint().port();
  return {};
}

void Listener::start() {
  boost::asio::co_spawn(loop_, accept(), boost::asio::detached);
  boost::asio::co_spawn(loop_, sweep(), boost::asio::detached);
}

boost::asio::awaitable<void> Listener::accept() {
  const auto self = shared_from_this();
  boost::asio::steady_timer pause(loop_);
  while (acceptor_.is_open()) {
    auto [error, socket] = co_await acceptor_.async_accept(boost::asio::as_tuple(boost::asio::use_awaitable));
    if (error == boost::asio::error::operation_aborted) break;
    if (error) {
      logger_.warning("cannot accept a connection", {{"reason", error.message()}});
      pause.expires_after(kAcceptPause);
      co_await pause.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
      continue;
    }
    const bool welcome = connection_count_.fetch_add(1) < options_.max_connections;
    connection_gauge_.Increment();
    boost::system::error_code ignored;
    socket.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
    boost::asio::co_spawn(loop_, serve_connection(self, std::move(socket), welcome), boost::asio::detached);
  }
}

boost::asio::awaitable<void> Listener::sweep() {
  const auto self = shared_from_this();
  const auto shortest = std::min({options_.header_timeout, options_.body_timeout, options_.idle_timeout});
  const auto interval = std::clamp(shortest / 4, std::chrono::milliseconds(10), kLongestSweepInterval);
  while (!stopping_ || !connections_.empty()) {
    sweep_timer_.expires_after(interval);
    const auto [error] = co_await sweep_timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    if (error) break;
    const auto now = std::chrono::steady_clock::now();
    for (auto* connection : connections_) connection->expire_after(now, stopping_);
  }
}

void Listener::stop_accepting() {
  boost::asio::post(loop_, [self = shared_from_this()] {
    boost::system::error_code ignored;
    self->acceptor_.close(ignored);
    for (auto* connection : self->connections_) connection->expire_after(SteadyTime::min(), true);
  });
}

void Listener::cut_off() {
  boost::asio::post(loop_, [self = shared_from_this()] {
    for (auto* connection : self->connections_) connection->close();
    self->sweep_timer_.cancel();
  });
}

std::string Listener::next_request_id() {
  return fmt::format("{}-{:x}-{:x}", request_id_prefix_, loop_index_, ++request_number_);
}

void Listener::count(const Route* route, std::uint16_t status, std::chrono::steady_clock::duration took) {
  const auto& metrics = metrics_.at(route);
  if (auto* counter = metrics.by_status_class[std::min(5, status / 100)]) counter->Increment();
  metrics.duration->Observe(std::chrono::duration<double>(took).count());
}

void Listener::add(Connection* connection) { connections_.insert(connection); }

void Listener::remove(Connection* connection) {
  connections_.erase(connection);
  connection_gauge_.Decrement();
  --connection_count_;
}

}  // namespace busflow::http
