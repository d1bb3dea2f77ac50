#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/identifier.hpp>
#include <platform/base/result.hpp>
#include <platform/change_feed/feed.hpp>
#include <platform/graphql/engine_slot.hpp>
#include <platform/graphql_server/authenticator.hpp>
#include <platform/http/router.hpp>
#include <platform/postgres/pipeline.hpp>
#include <platform/runtime/io_threads.hpp>
#include <platform/runtime/worker_pool.hpp>
#include <platform/telemetry/logger.hpp>
#include <platform/telemetry/metrics.hpp>

namespace busflow::graphql_server {

/// Where the database of a source is. kInvalidSetting when there is none of that name. Called from any loop's thread.
using FindConnection = std::function<Result<postgres::ConnectionOptions>(std::string_view source)>;

struct EndpointOptions {
  postgres::PipelineOptions pipeline;                      ///< One is made per event loop and database.
  FindConnection find_connection;                          ///< Empty: `pipeline` says where all sources are.
  std::chrono::milliseconds request_timeout{30000};        ///< For one operation.
  std::chrono::milliseconds live_query_interval{1000};     ///< How often live queries are run while polling.
  std::chrono::milliseconds live_query_pause{50};          ///< Between runs of one when changes come thick and fast.
  std::size_t live_query_batch = 100;                      ///< Most subscribers that share one statement.
  std::chrono::milliseconds initialisation_timeout{3000};  ///< For connection_init on a new WebSocket.
  std::chrono::milliseconds ping_interval{5000};           ///< A peer that is silent for four of them is cut off.
  bool closes_on_engine_change = false;                    ///< With 1012, instead of going on by the new engine.
  std::size_t max_message_bytes = 1048576;                 ///< Of one WebSocket message.
  std::size_t max_subscriptions = 100;                     ///< Per WebSocket.
  std::size_t max_backlog_bytes = 16777216;  ///< Unsent bytes of one WebSocket; beyond it the peer is cut off.
};

/// References outlive the endpoint.
struct EndpointParts {
  const graphql::EngineSlot& engine;
  const Authenticator& authenticator;
  change_feed::Feed& feed;
  runtime::IoThreads& loops;
  runtime::WorkerPool& workers;
  const Clock& clock;
  IdentifierSource& identifiers;
  telemetry::Logger logger;
  telemetry::Metrics& metrics;
};

/// The response's body, and how long to wait before the next request when this one came too often; else 0.
struct Answer {
  std::string body;
  std::chrono::seconds retry_after{0};
};

class Loop;

/// The engine over HTTP and over WebSockets with graphql-transport-ws and the older graphql-ws: who asks, what for, and
/// how the answer travels. When the engine is replaced, subscriptions go on by the new one.
///
/// Live queries are run when the change feed says that a table they read has changed, and polled while it does not
/// live. Those of equal SQL and equal tenant on one event loop share one statement, and only results that changed are
/// sent. Nothing here takes a lock, because each event loop has its own pipeline, sockets and live queries.
class Endpoint {
 public:
  /// Makes the pipelines on their loops, which must be running.
  Endpoint(EndpointOptions options, EndpointParts parts);
  ~Endpoint();

  /// POST `path` and WebSocket upgrades of `path`. The endpoint outlives the server.
  void add_routes(http::Router& router, const std::string& path,
                  graphql::SchemaKind schema = graphql::SchemaKind::kStandard);
  /// Only WebSocket upgrades of `path`.
  void add_websocket(http::Router& router, const std::string& path,
                     graphql::SchemaKind schema = graphql::SchemaKind::kStandard);

  /// Runs a request that came as `asked`, on the event loop of which it is called.
  boost::asio::awaitable<Answer> execute(std::shared_ptr<const http::Request> asked, Context context,
                                         graphql::Request request) const;

  /// Whether every loop can reach the database now. From any thread.
  bool is_connected() const;

  /// Closes all WebSockets with 1001, so that clients connect again elsewhere; later ones are closed at once. From any
  /// thread but the loops'; returns when the close has been asked for.
  void close_sockets();
  /// Closes the WebSockets of one user with 4403, so that he has to show a valid token again. From any thread; returns
  /// at once.
  void disconnect_user(const std::string& user_id);
  /// Closes the database connections. After it only the destructor may be called. From any thread but the loops'.
  void stop();

 private:
  const EndpointOptions options_;
  EndpointParts parts_;
  std::vector<std::shared_ptr<Loop>> loops_;
  std::uint64_t feed_observer_ = 0;
  std::uint64_t engine_observer_ = 0;
};

}  // namespace busflow::graphql_server
