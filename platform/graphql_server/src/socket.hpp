#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <platform/base/context.hpp>
#include <platform/graphql/request.hpp>
#include <platform/http/router.hpp>

#include "loop.hpp"
#include "protocol.hpp"

namespace busflow::graphql_server {

/// One client's WebSocket. Lives on its event loop; shared by the coroutines that serve it.
class Socket : public std::enable_shared_from_this<Socket> {
 public:
  Socket(std::shared_ptr<Loop> loop, std::shared_ptr<http::WebSocket> stream,
         std::shared_ptr<const http::Request> request, graphql::SchemaKind schema);
  ~Socket();

  /// Serves the client until either side closes.
  boost::asio::awaitable<void> run();
  /// Sends what is queued, then closes. The first call counts.
  void close(CloseCode code, std::string reason);
  /// Subscriptions go on by the engine in force: those that it plans otherwise start afresh, those that it refuses end.
  void plan_again();
  std::string_view user_id() const { return session_ ? session_->user_id() : std::string_view{}; }

 private:
  struct Operation {
    std::optional<Uuid> live_query;                   ///< None while the operation is being run once.
    std::shared_ptr<const graphql::Request> request;  ///< Of live queries.
    Uuid run;                                         ///< Tells it from others of the same id.
  };

  boost::asio::awaitable<void> write_queued();
  boost::asio::awaitable<void> keep_time();
  SteadyTime next_deadline() const;
  void handle(ClientMessage message);
  void refuse_message(std::string reason);
  void initialise(const json::Value& payload);
  boost::asio::awaitable<void> admit(Headers headers);
  void refuse_admission(std::string reason);
  void ping(const json::Value& payload);
  boost::asio::awaitable<void> renew(Headers headers);
  void take_admission(Admission admission, std::shared_ptr<const graphql::ClientHeaders> shown);
  void subscribe(const std::string& id, const json::Value& payload, const Session& session);
  /// Counts the operation against its role's rate limit, then starts it.
  boost::asio::awaitable<void> count(std::string id, Uuid run, graphql::Request request, Session session);
  void start(const std::string& id, graphql::Request request, const Session& session);
  /// `place`: where a stream goes on.
  void subscribe_live(const std::string& id, const graphql::Engine& engine, const graphql::Plan& plan,
                      std::shared_ptr<const graphql::Request> request, const Session& session,
                      postgres::Parameter place = std::nullopt);
  void refuse_operation(const std::string& id, const Error& error);
  void end_live(const std::string& id, const Error& error);
  boost::asio::awaitable<void> run_once(std::string id, graphql::Request request, Session session);
  /// Of a subscription to asynchronous actions: asks again and again, and sends what is new.
  boost::asio::awaitable<void> watch(std::string id, graphql::Request request);
  Context make_context(Session session) const;
  /// Of what is counted already.
  boost::asio::awaitable<std::string> execute(graphql::Request request, Session session);
  /// Until the operation ends, or another takes its id.
  bool is_running(const std::string& id, const Uuid& run) const;
  void end_operation(const std::string& id, std::string message);
  void send(std::string message);
  void release();

  const std::shared_ptr<Loop> loop_;
  std::shared_ptr<http::WebSocket> stream_;
  std::shared_ptr<const http::Request> request_;
  const graphql::SchemaKind schema_;      ///< That all its operations are about.
  const std::optional<Protocol> agreed_;  ///< Nothing: the client offered only others.
  const Protocol protocol_;
  boost::asio::steady_timer wake_writer_;
  boost::asio::steady_timer clock_tick_;
  std::deque<std::string> queue_;
  std::size_t queued_bytes_ = 0;
  std::optional<Session> session_;
  std::shared_ptr<const graphql::ClientHeaders> client_headers_;  ///< Of connection_init, for webhooks.
  SteadyTime opened_;
  SteadyTime last_heard_;
  SteadyTime next_ping_;
  std::optional<SteadyTime> close_by_;
  SteadyTime token_expires_ = SteadyTime::max();
  bool is_initialising_ = false;
  std::map<std::string, Operation, std::less<>> operations_;
  std::optional<std::pair<CloseCode, std::string>> closing_;
  bool is_over_ = false;
};

}  // namespace busflow::graphql_server
