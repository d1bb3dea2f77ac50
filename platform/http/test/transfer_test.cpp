#include <atomic>
#include <future>
#include <string>
#include <thread>

#include <platform/http/transfer.hpp>

#include "client.hpp"

namespace busflow::http {
namespace {

class TransferTest : public ServerTest {
 protected:
  void add(std::string method, std::string path, SynchronousTransferHandler handler) {
    router_.add_transfer(std::move(method), std::move(path), transfer_on_workers(environment_, std::move(handler)));
  }

  /// Sends back what comes, in pieces of the same size as they came.
  static Result<Response> echo(Context& /*context*/, Transfer& transfer) {
    BUSFLOW_CHECK(transfer.begin(Response::text(""), std::nullopt));
    for (;;) {
      BUSFLOW_TRY(const auto piece, transfer.read());
      if (piece.empty()) return Response();
      BUSFLOW_CHECK(transfer.write(piece));
    }
  }
  /// Answers with how much came.
  static Result<Response> count(Context& /*context*/, Transfer& transfer) {
    std::size_t total = 0;
    for (;;) {
      BUSFLOW_TRY(const auto piece, transfer.read());
      if (piece.empty()) return Response::text(std::to_string(total));
      total += piece.size();
    }
  }
};

TEST_F(TransferTest, ABodyBeyondTheLimitOfOthersPasses) {
  add("POST", "/count", count);
  router_.add("POST", "/whole", on_workers(environment_, [](Context&, const Request&) -> Result<Response> {
                return Response::text("never");
              }));
  serve();
  Client client(server_->port());
  const std::string body(3'000'000, 'x');
  client.send("POST /count HTTP/1.1\r\nContent-Length: 3000000\r\n\r\n" + body);
  EXPECT_EQ(client.receive().body, "3000000");
  client.send("POST /count HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nth\r\n3\r\nree\r\n0\r\n\r\n");
  EXPECT_EQ(client.receive().body, "5") << "the connection is kept";
  client.send("POST /whole HTTP/1.1\r\nContent-Length: 3000000000\r\n\r\n");
  EXPECT_EQ(client.receive().status, 413);
}

TEST_F(TransferTest, WhatComesCanGoBackWhileItComes) {
  add("POST", "/echo", echo);
  serve();
  Client client(server_->port());
  std::string body;
  for (int i = 0; i < 200'000; ++i) body += static_cast<char>('a' + i % 26);
  client.send("POST /echo HTTP/1.1\r\nContent-Length: 200000\r\n\r\n" + body);
  const auto all = client.receive_rest();
  EXPECT_TRUE(all.ends_with(body));
  EXPECT_TRUE(all.contains("connection: close\r\n"));
}

TEST_F(TransferTest, AnAnswerOfKnownLengthKeepsTheConnection) {
  add("GET", "/file", [](Context&, Transfer& transfer) -> Result<Response> {
    Response head = Response::text("", 206);
    head.headers = {{"cache-control", "max-age=60"}};
    BUSFLOW_CHECK(transfer.begin(head, 6));
    if (transfer.request().method == "HEAD") return Response();
    BUSFLOW_CHECK(transfer.write("one"));
    BUSFLOW_CHECK(transfer.write("two"));
    EXPECT_FALSE(transfer.write("three")) << "more than was announced";
    return Response();
  });
  serve();
  Client client(server_->port());
  client.send("GET /file HTTP/1.1\r\n\r\n");
  const auto first = client.receive();
  EXPECT_EQ(first.status, 206);
  EXPECT_EQ(first.body, "onetwo");
  EXPECT_TRUE(first.contains("cache-control: max-age=60\r\n"));
  EXPECT_FALSE(first.contains("no-store"));
  client.send("HEAD /file HTTP/1.1\r\n\r\nGET /file HTTP/1.1\r\nConnection: close\r\n\r\n");
  const auto rest = client.receive_rest();
  EXPECT_TRUE(rest.starts_with("HTTP/1.1 206")) << rest;
  EXPECT_TRUE(rest.contains("max-age=60\r\n\r\nHTTP/1.1 206")) << "no body in between: " << rest;
  EXPECT_TRUE(rest.ends_with("onetwo")) << rest;
}

TEST_F(TransferTest, ARefusalReachesAClientThatIsStillSending) {
  add("POST", "/refuse", [](Context&, Transfer&) -> Result<Response> { return fail(ErrorName::kPermissionDenied); });
  serve();
  Client client(server_->port());
  client.send("POST /refuse HTTP/1.1\r\nContent-Length: 500000\r\n\r\n" + std::string(100'000, 'x'));
  const auto reply = client.receive_rest();
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 403")) << reply;
}

TEST_F(TransferTest, AClientThatWaitsIsToldToGoOn) {
  add("POST", "/count", count);
  serve();
  Client client(server_->port());
  client.send("POST /count HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(client.receive().status, 100);
  client.send("four");
  EXPECT_EQ(client.receive().body, "4");
}

TEST_F(TransferTest, AClientThatGoesInTheMiddleEndsTheTransfer) {
  std::promise<ErrorName> ended;
  add("POST", "/count", [&](Context&, Transfer& transfer) -> Result<Response> {
    for (;;) {
      const auto piece = transfer.read();
      if (piece && !piece->empty()) continue;
      ended.set_value(piece ? ErrorName::kInternal : piece.error().name);
      return fail(ErrorName::kBadRequest);
    }
  });
  serve();
  {
    Client client(server_->port());
    client.send("POST /count HTTP/1.1\r\nContent-Length: 4000\r\n\r\nfour");
  }
  EXPECT_EQ(ended.get_future().get(), ErrorName::kBadRequest);
}

TEST_F(TransferTest, WhoWorksInBetweenCanAskWhetherTheClientIsStillThere) {
  std::promise<bool> at_first;
  std::promise<bool> later;
  add("GET", "/work", [&](Context&, Transfer& transfer) -> Result<Response> {
    at_first.set_value(transfer.is_client_gone());
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    bool is_gone = false;
    while (!(is_gone = transfer.is_client_gone()) && std::chrono::steady_clock::now() < until)
      std::this_thread::yield();
    later.set_value(is_gone);
    return Response();
  });
  serve();
  auto client = std::make_unique<Client>(server_->port());
  client->send("GET /work HTTP/1.1\r\n\r\nGET /next HTTP/1.1\r\n\r\n");
  EXPECT_FALSE(at_first.get_future().get());
  client = nullptr;
  EXPECT_TRUE(later.get_future().get());
}

TEST_F(TransferTest, AFaultIsA500) {
  add("GET", "/fault", [](Context&, Transfer&) -> Result<Response> { throw std::runtime_error("inner secret"); });
  serve();
  Client client(server_->port());
  client.send("GET /fault HTTP/1.1\r\n\r\n");
  const auto reply = client.receive();
  EXPECT_EQ(reply.status, 500);
  EXPECT_FALSE(reply.contains("inner secret"));
}

}  // namespace
}  // namespace busflow::http
