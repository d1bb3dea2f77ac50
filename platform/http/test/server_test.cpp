#include <future>
#include <latch>
#include <stdexcept>
#include <thread>

#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

#include "client.hpp"

namespace busflow::http {
namespace {

boost::asio::awaitable<Response> echo(std::shared_ptr<Request> request) {
  co_return Response::text(request->method + " " + request->path + " " + request->body);
}

boost::asio::awaitable<void> echo_socket(std::shared_ptr<WebSocket> socket, std::shared_ptr<Request>) {
  boost::beast::flat_buffer buffer;
  co_await socket->async_read(buffer, boost::asio::use_awaitable);
  co_await socket->async_write(buffer.data(), boost::asio::use_awaitable);
}

boost::asio::awaitable<void> count_to_three(std::shared_ptr<EventStream> events, std::shared_ptr<Request>) {
  co_await events->heartbeat();
  for (int i = 1; i <= 3; ++i) co_await events->send("number\n" + std::to_string(i), "tick");
}

TEST_F(ServerTest, KeepsTheConnectionAndAnswersPipelinedRequestsInOrder) {
  router_.add("POST", "/echo", echo);
  router_.add("GET", "/echo", echo);
  serve();
  Client client(server_->port());
  client.send(
      "POST /echo HTTP/1.1\r\nContent-Length: 3\r\n\r\noneGET /echo HTTP/1.1\r\n\r\nPOST /echo "
      "HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nth\r\n3\r\nree\r\n0\r\n\r\n");
  EXPECT_EQ(client.receive().body, "POST /echo one");
  EXPECT_EQ(client.receive().body, "GET /echo ");
  EXPECT_EQ(client.receive().body, "POST /echo three");
  client.send("GET /echo HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(client.receive_rest().contains("connection: close"));
}

TEST_F(ServerTest, HeadHasTheLengthButNoBody) {
  router_.add("GET", "/echo", echo);
  serve();
  Client client(server_->port());
  client.send("HEAD /echo HTTP/1.0\r\n\r\n");
  const auto all = client.receive_rest();
  EXPECT_TRUE(all.contains("content-length: 11\r\n")) << all;
  EXPECT_TRUE(all.ends_with("\r\n\r\n")) << all;
}

TEST_F(ServerTest, EveryAnswerCarriesARequestId) {
  router_.add("GET", "/echo", echo);
  serve();
  Client client(server_->port());
  client.send("GET /echo HTTP/1.1\r\nX-Request-Id: mine-1\r\n\r\n");
  EXPECT_TRUE(client.receive().contains("x-request-id: mine-1\r\n"));
  client.send("GET /nowhere HTTP/1.1\r\nX-Request-Id: bad id{}\r\n\r\n");
  const auto missing = client.receive();
  EXPECT_EQ(missing.status, 404);
  EXPECT_FALSE(missing.contains("bad id"));
  EXPECT_TRUE(missing.body.contains("\"request_id\"")) << missing.body;
  client.send("DELETE /echo HTTP/1.1\r\n\r\n");
  const auto wrong_method = client.receive();
  EXPECT_EQ(wrong_method.status, 405);
  EXPECT_TRUE(wrong_method.contains("allow: GET\r\n")) << wrong_method.head;
}

TEST_F(ServerTest, FaultsAreLoggedAndNotShown) {
  router_.add("GET", "/fault", on_workers(environment_, [](Context&, const Request&) -> Result<Response> {
                throw std::runtime_error("inner secret");
              }));
  serve();
  const auto reply = Client(server_->port()).get("/fault");
  EXPECT_EQ(reply.status, 500);
  EXPECT_FALSE(reply.contains("inner secret"));
  const std::lock_guard lock(mutex_);
  ASSERT_EQ(log_.size(), 1U);
  EXPECT_TRUE(log_[0].contains("inner secret")) << log_[0];
}

TEST_F(ServerTest, AFullPoolAnswers503WithRetryAfter) {
  std::promise<void> release;
  const auto held = release.get_future().share();
  std::atomic<int> started = 0;
  router_.add("GET", "/wait", on_workers(environment_, [held, &started](Context&, const Request&) -> Result<Response> {
                ++started;
                held.wait();
                return Response::text("done");
              }));
  serve();
  std::vector<std::unique_ptr<Client>> clients;
  const auto send = [&] {
    clients.push_back(std::make_unique<Client>(server_->port()));
    clients.back()->send("GET /wait HTTP/1.1\r\n\r\n");
  };
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  for (int i = 0; i < 2; ++i) send();  // one for each thread
  while (started < 2 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  ASSERT_EQ(started, 2);
  for (int i = 0; i < 5; ++i) send();  // 4 places in the queue
  // Exactly one finds no place; which one is up to the scheduler.
  int refused = 0;
  while (refused == 0 && std::chrono::steady_clock::now() < until) {
    for (auto& client : clients) {
      if (client->socket().available() == 0) continue;
      const auto reply = client->receive();
      EXPECT_EQ(reply.status, 503);
      EXPECT_TRUE(reply.contains("retry-after: 1\r\n")) << reply.head;
      client = nullptr;
      ++refused;
      break;
    }
    std::erase(clients, nullptr);
  }
  EXPECT_EQ(refused, 1);
  release.set_value();
  for (auto& client : clients) EXPECT_EQ(client->receive().body, "done");
}

TEST_F(ServerTest, HealthReadinessAndMetrics) {
  std::atomic<bool> database_up = false;
  add_standard_routes(router_, environment_, metrics_, {{"database", [&](Context&) -> Result<void> {
                                                           if (database_up) return {};
                                                           return fail(ErrorName::kDatabaseUnavailable, "gone fishing");
                                                         }}});
  serve();
  Client client(server_->port());
  EXPECT_EQ(client.get("/healthz").status, 200);
  const auto not_ready = client.get("/readyz");
  EXPECT_EQ(not_ready.status, 503);
  EXPECT_TRUE(not_ready.body.contains("gone fishing"));
  database_up = true;
  EXPECT_EQ(client.get("/readyz").status, 200);
  const auto metrics = client.get("/metrics");
  EXPECT_TRUE(metrics.body.contains("http_requests_total{method=\"GET\",route=\"/readyz\",status=\"5xx\"} 1"))
      << metrics.body;
}

TEST_F(ServerTest, UpgradesToWebSocketsWithTheAgreedProtocol) {
  router_.add_websocket("/socket", {{"b", "a"}, echo_socket});
  serve();
  boost::asio::io_context loop;
  boost::beast::websocket::stream<boost::asio::ip::tcp::socket> socket(loop);
  socket.next_layer().connect({boost::asio::ip::make_address("127.0.0.1"), server_->port()});
  socket.set_option(boost::beast::websocket::stream_base::decorator(
      [](boost::beast::websocket::request_type& request) { request.set("Sec-WebSocket-Protocol", "x, a, b"); }));
  boost::beast::websocket::response_type response;
  socket.handshake(response, "localhost", "/socket");
  EXPECT_EQ(response["Sec-WebSocket-Protocol"], "b");
  socket.write(boost::asio::buffer(std::string("hello")));
  boost::beast::flat_buffer buffer;
  socket.read(buffer);
  EXPECT_EQ(boost::beast::buffers_to_string(buffer.data()), "hello");
}

TEST_F(ServerTest, StreamsServerSentEvents) {
  router_.add_stream("GET", "/events", count_to_three);
  serve();
  Client client(server_->port());
  client.send("GET /events HTTP/1.1\r\n\r\n");
  const auto all = client.receive_rest();
  EXPECT_TRUE(all.contains("content-type: text/event-stream\r\n")) << all;
  EXPECT_TRUE(all.contains("\r\n\r\n:\n\nevent: tick\ndata: number\ndata: 1\n\n")) << all;
  EXPECT_TRUE(all.ends_with("data: 3\n\n")) << all;
}

TEST_F(ServerTest, DrainFinishesWhatIsInProgressAndClosesTheIdle) {
  std::latch inside(1);
  std::promise<void> release;
  router_.add("GET", "/slow", on_workers(environment_, [&](Context&, const Request&) -> Result<Response> {
                inside.count_down();
                release.get_future().wait();
                return Response::text("finished");
              }));
  serve();
  Client idle(server_->port());
  EXPECT_EQ(idle.get("/nothing").status, 404);
  Client busy(server_->port());
  busy.send("GET /slow HTTP/1.1\r\n\r\n");
  inside.wait();
  auto drained = std::async(std::launch::async, [&] { server_->drain(std::chrono::seconds(10)); });
  EXPECT_EQ(idle.receive_rest(), "");
  release.set_value();
  const auto reply = busy.receive();
  EXPECT_EQ(reply.body, "finished");
  EXPECT_TRUE(reply.contains("connection: close")) << reply.head;
  drained.get();
  EXPECT_EQ(server_->open_connections(), 0U);
}

TEST_F(ServerTest, SaysWhyItCannotListen) {
  serve();
  runtime::IoThreads other(1, [](std::string_view) {});
  Server second({.address = "203.0.113.1"}, Router{}, other, logger_, metrics_);
  const auto result = second.listen();
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().detail.contains("203.0.113.1")) << result.error().detail;
}

}  // namespace
}  // namespace busflow::http
