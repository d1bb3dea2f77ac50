#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <platform/base/result.hpp>
#include <platform/http/router.hpp>
#include <platform/runtime/io_threads.hpp>
#include <platform/runtime/worker_pool.hpp>
#include <platform/telemetry/logger.hpp>
#include <platform/telemetry/metrics.hpp>

namespace busflow::http {

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: a free one, see Server::port().
  std::size_t max_header_bytes = 16384;
  std::size_t max_body_bytes = 1048576;
  std::chrono::milliseconds header_timeout{10000};
  std::chrono::milliseconds body_timeout{15000};
  std::chrono::milliseconds idle_timeout{75000};
  std::size_t max_connections = 4096;
  /// Answers with a text of 700 bytes or more are gzipped for clients that take it, smaller ones for those that take
  /// nothing else; large ones on threads of their own. Off where a proxy in front does it. Streams of events,
  /// transfers, answers to HEAD, and what is encoded, a range or has an ETag stay as they are.
  bool compresses = false;
};

class Listener;

/// HTTP/1.1 on every event loop of `threads` (SO_REUSEPORT): keep-alive, pipelining, WebSocket upgrade, server-sent
/// events.
///
/// Limits and what they give: header 431, body 413, slow header or body 408, too many connections 503 with Retry-After,
/// malformed request 400; each as a JSON error, after which the connection closes.
class Server {
 public:
  Server(ServerOptions options, Router router, runtime::IoThreads& threads, telemetry::Logger logger,
         telemetry::Metrics& metrics);
  ~Server();

  /// kInternal with the system's reason, for instance that the address is in use.
  Result<void> listen();
  std::uint16_t port() const { return port_; }

  /// Stops accepting and closes idle connections; requests in progress are answered with "Connection: close". Returns
  /// when all connections have ended, or after `limit` with the rest cut off.
  void drain(std::chrono::milliseconds limit);
  std::size_t open_connections() const { return connections_; }

 private:
  ServerOptions options_;
  const Router router_;
  runtime::IoThreads& threads_;
  telemetry::Logger logger_;
  telemetry::Metrics& metrics_;
  std::atomic<std::size_t> connections_ = 0;
  std::uint16_t port_ = 0;
  std::unique_ptr<runtime::WorkerPool> compressors_;  ///< Null: answers go as they are.
  std::vector<std::shared_ptr<Listener>> listeners_;
};

}  // namespace busflow::http
