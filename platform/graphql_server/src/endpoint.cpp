#include <platform/graphql_server/endpoint.hpp>

#include <future>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <platform/graphql/error_response.hpp>

#include "loop.hpp"
#include "socket.hpp"

namespace busflow::graphql_server {
namespace {

namespace asio = boost::asio;

constexpr std::uint16_t kTooManyRequests = 429;

/// Runs `work` on the loop's thread and waits for it.
template <class Work>
void run_and_wait(asio::io_context& loop, Work work) {
  std::promise<void> done;
  asio::post(loop, [&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

Error at_root(Error error) {
  if (error.path.empty()) error.path = "$";
  return error;
}

asio::awaitable<http::Response> answer(std::shared_ptr<Loop> loop, std::shared_ptr<http::Request> request,
                                       graphql::SchemaKind schema) {
  const auto engine = loop->parts.engine.current();  // Held until the answer is there.
  std::shared_ptr<const graphql::ClientHeaders> headers;
  if (engine->wants_client_headers()) headers = std::make_shared<const graphql::ClientHeaders>(request->headers);
  auto admission = co_await loop->parts.authenticator.admit(std::move(request->headers));
  // Like the reference, 200 even then: GraphQL clients look into "errors".
  if (!admission) co_return http::Response::json(graphql::error_response(at_root(admission.error())));
  Context context{.clock = loop->parts.clock,
                  .identifiers = loop->parts.identifiers,
                  .session = std::move(admission->session),
                  .trace = request->trace,
                  .request_id = request->request_id,
                  .deadline = std::chrono::steady_clock::now() + loop->options.request_timeout};
  std::shared_ptr<std::vector<std::string>> cookies;
  if (engine->calls_webhooks()) cookies = std::make_shared<std::vector<std::string>>();
  std::shared_ptr<std::chrono::seconds> wait;
  if (engine->has_rate_limits()) wait = std::make_shared<std::chrono::seconds>(0);
  auto response = http::Response::json(co_await engine->execute(
      {*loop->pipelines, loop->parts.workers, std::move(headers), cookies, request->remote_address, wait},
      std::move(context), std::move(request->body), schema));
  if (wait != nullptr && wait->count() > 0) {
    response.status = kTooManyRequests;
    response.headers.emplace_back("retry-after", std::to_string(wait->count()));
  }
  if (cookies != nullptr) {
    for (auto& cookie : *cookies) response.headers.emplace_back("set-cookie", std::move(cookie));
  }
  co_return response;
}

asio::awaitable<void> serve(std::shared_ptr<Loop> loop, std::shared_ptr<http::WebSocket> stream,
                            std::shared_ptr<http::Request> request, graphql::SchemaKind schema) {
  const auto socket = std::make_shared<Socket>(std::move(loop), std::move(stream), std::move(request), schema);
  co_await socket->run();
}

void follow_engine(Loop& loop) {
  if (!loop.pipelines || loop.is_closing) return;
  for (Socket* socket : loop.sockets) {
    if (loop.options.closes_on_engine_change) {
      socket->close(CloseCode::kServiceRestart, "the metadata has changed");
    } else {
      socket->plan_again();
    }
  }
  // What is behind a name may be another view now.
  loop.live_queries->take_changes({.everything = true});
}

}  // namespace

Endpoint::Endpoint(EndpointOptions options, EndpointParts parts) : options_(std::move(options)), parts_(parts) {
  for (std::size_t i = 0; i < parts_.loops.size(); ++i) {
    loops_.push_back(std::make_shared<Loop>(parts_.loops.at(i), options_, parts_));
    Loop& loop = *loops_.back();
    run_and_wait(loop.context, [&] {
      loop.pipelines =
          std::make_unique<SourcePipelines>(loop.context, options_.pipeline, options_.find_connection, parts_.engine);
      loop.live_queries = std::make_shared<LiveQueries>(loop.context, *loop.pipelines, parts_.feed,
                                                        LiveQueryOptions{.interval = options_.live_query_interval,
                                                                         .pause = options_.live_query_pause,
                                                                         .batch = options_.live_query_batch,
                                                                         .timeout = options_.request_timeout},
                                                        parts_.identifiers, parts_.logger, parts_.metrics);
      asio::co_spawn(
          loop.context,
          [](std::shared_ptr<LiveQueries> live) -> asio::awaitable<void> { co_await live->run(); }(loop.live_queries),
          asio::detached);
    });
  }
  feed_observer_ = parts_.feed.observe(
      {.on_change =
           [this](const change_feed::Changes& changes) {
             const auto shared = std::make_shared<const change_feed::Changes>(changes);
             for (const auto& loop : loops_) {
               asio::post(loop->context, [live = loop->live_queries, shared] { live->take_changes(*shared); });
             }
           },
       .on_mode =
           [this](change_feed::Mode mode) {
             for (const auto& loop : loops_) {
               asio::post(loop->context, [live = loop->live_queries, mode] { live->take_mode(mode); });
             }
           }});
  engine_observer_ = parts_.engine.observe([this] {
    for (const auto& loop : loops_) asio::post(loop->context, [loop] { follow_engine(*loop); });
  });
}

Endpoint::~Endpoint() = default;

void Endpoint::add_routes(http::Router& router, const std::string& path, graphql::SchemaKind schema) {
  router.add("POST", path, [this, schema](std::shared_ptr<http::Request> request) {
    auto loop = loops_[request->loop_index];
    return answer(std::move(loop), std::move(request), schema);
  });
  add_websocket(router, path, schema);
}

void Endpoint::add_websocket(http::Router& router, const std::string& path, graphql::SchemaKind schema) {
  router.add_websocket(path, {.subprotocols = {std::string(kTransportName), std::string(kLegacyName)},
                              .handler = [this, schema](std::shared_ptr<http::WebSocket> stream,
                                                        std::shared_ptr<http::Request> request) {
                                auto loop = loops_[request->loop_index];
                                return serve(std::move(loop), std::move(stream), std::move(request), schema);
                              }});
}

asio::awaitable<Answer> Endpoint::execute(std::shared_ptr<const http::Request> asked, Context context,
                                          graphql::Request request) const {
  const auto loop = loops_[asked->loop_index];
  const auto engine = loop->parts.engine.current();  // Held until the answer is there.
  const auto wait = std::make_shared<std::chrono::seconds>(0);
  std::string body =
      co_await engine->execute({*loop->pipelines, loop->parts.workers, nullptr, nullptr, asked->remote_address, wait},
                               std::move(context), std::move(request));
  co_return Answer{std::move(body), *wait};
}

bool Endpoint::is_connected() const {
  bool all = true;
  for (const auto& loop : loops_) {
    run_and_wait(loop->context, [&] { all = loop->pipelines->main().is_connected() && all; });
  }
  return all;
}

void Endpoint::close_sockets() {
  for (const auto& loop : loops_) {
    run_and_wait(loop->context, [&] {
      loop->is_closing = true;
      for (Socket* socket : loop->sockets) socket->close(CloseCode::kGoingAway, "the server is stopping");
    });
  }
}

void Endpoint::disconnect_user(const std::string& user_id) {
  for (const auto& loop : loops_) {
    asio::post(loop->context, [loop, user_id] {
      for (Socket* socket : loop->sockets) {
        if (socket->user_id() == user_id) socket->close(CloseCode::kForbidden, "disconnected by an operator");
      }
    });
  }
}

void Endpoint::stop() {
  parts_.feed.forget(feed_observer_);
  parts_.engine.forget(engine_observer_);
  for (const auto& loop : loops_) {
    run_and_wait(loop->context, [&] {
      loop->live_queries->stop();
      loop->pipelines->stop();
    });
  }
}

}  // namespace busflow::graphql_server
