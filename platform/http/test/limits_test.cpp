#include <sys/resource.h>

#include <vector>

#include "client.hpp"

namespace busflow::http {
namespace {

using std::chrono::milliseconds;

boost::asio::awaitable<Response> length(std::shared_ptr<Request> request) {
  co_return Response::text(std::to_string(request->body.size()));
}

class LimitsTest : public ServerTest {
 protected:
  void serve_with_limits() {
    router_.add("POST", "/length", length);
    serve({.max_header_bytes = 2048,
           .max_body_bytes = 10000,
           .header_timeout = milliseconds(150),
           .body_timeout = milliseconds(150),
           .idle_timeout = milliseconds(400),
           .max_connections = 1100});
  }
};

TEST_F(LimitsTest, MalformedRequestsGet400AndTheConnectionCloses) {
  serve_with_limits();
  for (const std::string_view garbage :
       {"\x16\x03\x01\x02garbage\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n", "POST /length HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        "POST /length HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n"}) {
    Client client(server_->port());
    client.send(garbage);
    const auto all = client.receive_rest();
    EXPECT_TRUE(all.starts_with("HTTP/1.1 400 ")) << garbage << "\n" << all;
    EXPECT_TRUE(all.contains("\"bad-request\"")) << all;
  }
}

TEST_F(LimitsTest, ALargeHeaderGets431) {
  serve_with_limits();
  Client client(server_->port());
  client.send("GET / HTTP/1.1\r\nX-Long: " + std::string(4000, 'a'));
  EXPECT_TRUE(client.receive_rest().starts_with("HTTP/1.1 431 "));
}

TEST_F(LimitsTest, ALargeBodyGets413BeforeItIsRead) {
  serve_with_limits();
  Client announced(server_->port());
  announced.send("POST /length HTTP/1.1\r\nContent-Length: 10001\r\n\r\n");
  const auto reply = announced.receive_rest();
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 413 ")) << reply;
  EXPECT_TRUE(reply.contains("10000 bytes")) << reply;
  Client chunked(server_->port());
  chunked.send("POST /length HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4000\r\n" + std::string(0x4000, 'x') +
               "\r\n0\r\n\r\n");
  EXPECT_TRUE(chunked.receive_rest().starts_with("HTTP/1.1 413 "));
  Client allowed(server_->port());
  allowed.send("POST /length HTTP/1.1\r\nContent-Length: 10000\r\n\r\n" + std::string(10000, 'x'));
  EXPECT_EQ(allowed.receive().body, "10000");
}

TEST_F(LimitsTest, WhoSendsFarTooMuchSeesTheAnswerAndNoReset) {
  serve_with_limits();
  constexpr std::size_t kSize = 8'000'000;
  Client client(server_->port());
  EXPECT_NO_THROW(client.send("POST /length HTTP/1.1\r\nContent-Length: " + std::to_string(kSize) + "\r\n\r\n" +
                              std::string(kSize, 'x')));
  EXPECT_EQ(client.receive().status, 413);
}

TEST_F(LimitsTest, SlowClientsGet408) {
  serve_with_limits();
  Client slow_header(server_->port());
  slow_header.send("POST /length HT");
  EXPECT_TRUE(slow_header.receive_rest().contains("the header did not arrive within 150 ms"));
  Client slow_body(server_->port());
  slow_body.send("POST /length HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
  const auto reply = slow_body.receive_rest();
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 408 ")) << reply;
  EXPECT_TRUE(reply.contains("the body did not arrive within 150 ms")) << reply;
  Client idle(server_->port());
  EXPECT_EQ(idle.receive_rest(), "");
}

TEST_F(LimitsTest, ExpectContinueIsAnsweredOnlyWhenTheBodyIsWelcome) {
  serve_with_limits();
  Client client(server_->port());
  client.send("POST /length HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(client.receive().status, 100);
  client.send("hello");
  EXPECT_EQ(client.receive().body, "5");
  client.send("POST /length HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 50000\r\n\r\n");
  EXPECT_EQ(client.receive().status, 413);
}

TEST_F(LimitsTest, AThousandConnectionsAtOnce) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  serve({.max_connections = 1100});
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 1000; ++i) clients.push_back(std::make_unique<Client>(server_->port()));
  for (auto& client : clients) client->send("GET /nothing HTTP/1.1\r\n\r\n");
  for (auto& client : clients) EXPECT_EQ(client->receive().status, 404);
  EXPECT_EQ(server_->open_connections(), 1000U);
}

TEST_F(LimitsTest, BeyondTheConnectionLimit503) {
  serve({.max_connections = 2});
  Client first(server_->port());
  Client second(server_->port());
  EXPECT_EQ(first.get("/nothing").status, 404);
  EXPECT_EQ(second.get("/nothing").status, 404);
  Client third(server_->port());
  const auto reply = third.receive_rest();
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 503 ")) << reply;
  EXPECT_TRUE(reply.contains("too many connections")) << reply;
  EXPECT_EQ(first.get("/nothing").status, 404);
}

}  // namespace
}  // namespace busflow::http
