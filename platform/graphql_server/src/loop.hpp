#pragma once

#include <memory>
#include <unordered_set>

#include <boost/asio/io_context.hpp>

#include <platform/graphql_server/endpoint.hpp>

#include "live_queries.hpp"
#include "source_pipelines.hpp"

namespace busflow::graphql_server {

class Socket;

/// What one event loop has to itself. Everything but the constructor runs on that loop. Sockets share it, because the
/// loop drops those that are left only when it ends itself.
class Loop {
 public:
  Loop(boost::asio::io_context& io, EndpointOptions endpoint_options, const EndpointParts& endpoint_parts)
      : context(io),
        options(std::move(endpoint_options)),
        parts(endpoint_parts),
        open_sockets(parts.metrics.gauge("graphql_websockets", "Open GraphQL WebSockets.")) {}

  boost::asio::io_context& context;
  const EndpointOptions options;
  const EndpointParts parts;
  prometheus::Gauge& open_sockets;
  std::unique_ptr<SourcePipelines> pipelines;
  std::shared_ptr<LiveQueries> live_queries;
  std::unordered_set<Socket*> sockets;
  bool is_closing = false;
};

}  // namespace busflow::graphql_server
