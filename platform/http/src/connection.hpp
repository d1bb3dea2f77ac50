#pragma once

#include <memory>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "compression.hpp"
#include "listener.hpp"
#include "request_reader.hpp"

namespace busflow::http {

/// One client's connection, from accept to close. Runs on its listener's loop.
class Connection {
 public:
  Connection(std::shared_ptr<Listener> listener, boost::asio::ip::tcp::socket socket);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  boost::asio::awaitable<void> serve();
  /// Answers 503 and closes.
  boost::asio::awaitable<void> refuse();

  /// Cancels the read under way when its deadline has passed, or when the server is stopping and nothing is in
  /// progress.
  void expire_after(SteadyTime now, bool stopping);
  void close();

 private:
  std::shared_ptr<Request> make_request(Parser& parser);
  boost::asio::awaitable<bool> answer(Parser* parser, std::shared_ptr<Request> request);
  boost::asio::awaitable<bool> transfer(const Route* route, Parser* parser, std::shared_ptr<Request> request);
  boost::asio::awaitable<Response> call(const Handler* handler, std::shared_ptr<Request> request);
  boost::asio::awaitable<Response> gzipped(AcceptedCodings accepted, Response response);
  boost::asio::awaitable<void> stream(const StreamHandler* handler, std::shared_ptr<Request> request);
  boost::asio::awaitable<void> upgrade(const WebSocketRoute* route, Parser* parser, std::shared_ptr<Request> request);
  boost::asio::awaitable<bool> write(Response response, std::string request_id, bool keep_alive, bool without_body);
  boost::asio::awaitable<void> finish_after_error(Error error);
  boost::asio::awaitable<void> finish(Response response, std::string request_id);

  std::shared_ptr<Listener> listener_;
  boost::asio::ip::tcp::socket socket_;
  RequestReader reader_;
  std::string peer_;
  bool peer_is_local_ = false;
};

/// Owns the connection as long as it lasts.
boost::asio::awaitable<void> serve_connection(std::shared_ptr<Listener> listener, boost::asio::ip::tcp::socket socket,
                                              bool welcome);

}  // namespace busflow::http
