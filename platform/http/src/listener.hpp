#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <platform/http/server.hpp>

namespace busflow::http {

class Connection;

/// The metrics of one route, resolved once.
struct RouteMetrics {
  std::array<prometheus::Counter*, 6> by_status_class{};  ///< Index: status / 100.
  prometheus::Histogram* duration = nullptr;
};

/// What the connections of one event loop share. Runs on that loop.
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(const ServerOptions& options, const Router& router, boost::asio::io_context& loop, std::size_t loop_index,
           runtime::WorkerPool* compressors, telemetry::Logger logger, telemetry::Metrics& metrics,
           std::atomic<std::size_t>& connections);

  /// Binds; `port` 0 is replaced by the one that was taken.
  Result<void> bind(std::uint16_t& port);
  void start();
  /// From now on each answer is the last of its connection. From any thread, as the next two.
  void end_keep_alive() { stopping_ = true; }
  void stop_accepting();
  void cut_off();

  bool is_stopping() const { return stopping_; }
  const ServerOptions& options() const { return options_; }
  const Router& router() const { return router_; }
  /// Null when answers go as they are.
  runtime::WorkerPool* compressors() const { return compressors_; }
  const telemetry::Logger& logger() const { return logger_; }
  std::size_t loop_index() const { return loop_index_; }
  boost::asio::io_context& loop() { return loop_; }
  std::string next_request_id();
  void count(const Route* route, std::uint16_t status, std::chrono::steady_clock::duration took);

  void add(Connection* connection);
  void remove(Connection* connection);

 private:
  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> sweep();

  const ServerOptions& options_;
  const Router& router_;
  boost::asio::io_context& loop_;
  std::size_t loop_index_;
  runtime::WorkerPool* compressors_;
  telemetry::Logger logger_;
  std::atomic<std::size_t>& connection_count_;
  prometheus::Gauge& connection_gauge_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer sweep_timer_;
  std::unordered_set<Connection*> connections_;
  std::unordered_map<const Route*, RouteMetrics> metrics_;
  std::string request_id_prefix_;
  std::uint64_t request_number_ = 0;
  std::atomic<bool> stopping_ = false;
};

}  // namespace busflow::http
