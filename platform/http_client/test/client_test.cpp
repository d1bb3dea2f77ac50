#include <platform/http_client/client.hpp>

#include <atomic>
#include <mutex>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <platform/http/server.hpp>
#include <platform/runtime/io_threads.hpp>

namespace busflow::http_client {
namespace {

using std::chrono::milliseconds;

std::string describe(const http::Request& request) {
  const auto header = [&](std::string_view name) { return std::string(request.header(name).value_or("-")); };
  return fmt::format("{} {}?{} type={} test={} [{}]", request.method, request.path, request.query,
                     header("content-type"), header("x-test"), request.body);
}

boost::asio::awaitable<http::Response> echo(std::shared_ptr<http::Request> request) {
  co_return http::Response::text(describe(*request), 201);
}

boost::asio::awaitable<http::Response> refuse(std::shared_ptr<http::Request>) {
  co_return http::Response::text("not today", 403);
}

boost::asio::awaitable<http::Response> redirect(std::shared_ptr<http::Request>) {
  auto response = http::Response::text("elsewhere", 302);
  response.headers.emplace_back("location", "/echo?redirected");
  co_return response;
}

boost::asio::awaitable<http::Response> large(std::shared_ptr<http::Request>) {
  co_return http::Response::text(std::string(300000, 'x'));
}

/// Answers when nobody waits any more.
boost::asio::awaitable<http::Response> late(std::shared_ptr<http::Request>) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, std::chrono::seconds(2));
  co_await timer.async_wait(boost::asio::use_awaitable);
  co_return http::Response::text("late");
}

class ClientTest : public testing::Test {
 protected:
  ClientTest() : loops_(1, [](std::string_view what) { ADD_FAILURE() << what; }) {
    http::Router router;
    for (const auto* const method : {"GET", "POST", "PUT", "DELETE"}) router.add(method, "/echo", echo);
    router.add("GET", "/refuse", refuse);
    router.add("GET", "/redirect", redirect);
    router.add("GET", "/large", large);
    router.add("GET", "/late", late);
    loops_.start();
    server_ = std::make_unique<http::Server>(http::ServerOptions{}, std::move(router), loops_,
                                             telemetry::Logger("test", telemetry::Level::kError), metrics_);
    const auto listening = server_->listen();
    EXPECT_TRUE(listening) << listening.error().detail;
  }
  ~ClientTest() override {
    server_->drain(std::chrono::seconds(10));
    loops_.stop();
  }

  std::string url(std::string_view path) const { return fmt::format("http://127.0.0.1:{}{}", server_->port(), path); }
  Result<Response> send(const Request& request) { return client_.send(context_, request); }
  ErrorName error_of(const Request& request) {
    const auto response = send(request);
    EXPECT_FALSE(response) << "status " << response->status;
    return response ? ErrorName::kInternal : response.error().name;
  }

  SystemClock clock_;
  RandomIdentifierSource identifiers_;
  Context context_{.clock = clock_, .identifiers = identifiers_};
  telemetry::Metrics metrics_;
  runtime::IoThreads loops_;
  std::unique_ptr<http::Server> server_;
  Client client_{{.allow_plain_http = true}};
};

TEST_F(ClientTest, SendsMethodHeadersAndBodyAndReadsTheAnswer) {
  const auto response = send({.method = "PUT", .url = url("/echo?a=1"), .headers = {{"X-Test", "yes"}}, .body = "abc"});
  ASSERT_TRUE(response) << response.error().detail;
  EXPECT_EQ(response->status, 201);
  EXPECT_TRUE(response->is_success());
  EXPECT_EQ(response->body, "PUT /echo?a=1 type=- test=yes [abc]");
  EXPECT_EQ(response->header("content-type"), "text/plain; charset=utf-8");
  EXPECT_FALSE(response->header("x-absent"));
  EXPECT_EQ(send({.method = "POST", .url = url("/echo")})->body, "POST /echo? type=- test=- []");
  EXPECT_EQ(send({.method = "DELETE", .url = url("/echo")})->body, "DELETE /echo? type=- test=- []");
  EXPECT_EQ(send({.method = "HEAD", .url = url("/echo")})->body, "");
}

TEST_F(ClientTest, OneClientServesManyThreads) {
  std::vector<std::jthread> threads;
  std::atomic<int> right = 0;
  for (int number = 0; number < 8; ++number) {
    threads.emplace_back([&, number] {
      Context context{.clock = clock_, .identifiers = identifiers_};
      for (int round = 0; round < 20; ++round) {
        const auto body = fmt::format("{}-{}", number, round);
        const auto response = client_.send(context, {.method = "POST", .url = url("/echo"), .body = body});
        if (response && response->body.ends_with("[" + body + "]")) ++right;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(right, 160);
}

TEST_F(ClientTest, AnErrorStatusIsAnAnswer) {
  const auto response = send({.url = url("/refuse"), .body_sink = [](std::string_view) -> Result<void> {
                                ADD_FAILURE() << "a sink is for bodies that were asked for";
                                return {};
                              }});
  ASSERT_TRUE(response) << response.error().detail;
  EXPECT_EQ(response->status, 403);
  EXPECT_EQ(response->body, "not today");
}

TEST_F(ClientTest, FollowsRedirectsOnlyWhenAsked) {
  EXPECT_EQ(send({.url = url("/redirect")})->status, 302);
  const auto followed = send({.url = url("/redirect"), .max_redirects = 1});
  ASSERT_TRUE(followed) << followed.error().detail;
  EXPECT_EQ(followed->body, "GET /echo?redirected type=- test=- []");
  EXPECT_EQ(followed->header("location"), std::nullopt);
}

TEST_F(ClientTest, StreamsBothWays) {
  std::size_t left = 500000;
  const BodySource source = [&](std::span<char> buffer) -> Result<std::size_t> {
    const auto count = std::min(left, buffer.size());
    std::fill_n(buffer.begin(), count, 'y');
    left -= count;
    return count;
  };
  const auto known = send({.method = "PUT", .url = url("/echo"), .body_source = source, .body_length = left});
  ASSERT_TRUE(known) << known.error().detail;
  EXPECT_EQ(known->body, "PUT /echo? type=- test=- [" + std::string(500000, 'y') + "]");
  left = 70000;
  const auto chunked = send({.method = "POST", .url = url("/echo"), .body_source = source});
  ASSERT_TRUE(chunked) << chunked.error().detail;
  EXPECT_TRUE(chunked->body.ends_with("[" + std::string(70000, 'y') + "]"));
  std::size_t received = 0;
  const auto down = send({.url = url("/large"), .body_sink = [&](std::string_view bytes) -> Result<void> {
                            received += bytes.size();
                            return {};
                          }});
  ASSERT_TRUE(down) << down.error().detail;
  EXPECT_EQ(received, 300000u);
  EXPECT_EQ(down->body, "");
}

TEST_F(ClientTest, ErrorsOfSourceAndSinkComeBackAsTheyAre) {
  EXPECT_EQ(
      error_of({.method = "PUT",
                .url = url("/echo"),
                .body_source = [](std::span<char>) -> Result<std::size_t> { return fail(ErrorName::kConflict); }}),
      ErrorName::kConflict);
  EXPECT_EQ(error_of({.url = url("/large"),
                      .body_sink = [](std::string_view) -> Result<void> { return fail(ErrorName::kStateConflict); }}),
            ErrorName::kStateConflict);
}

TEST_F(ClientTest, RefusesAnAnswerLargerThanAllowed) {
  EXPECT_EQ(error_of({.url = url("/large"), .max_response_bytes = 299999}), ErrorName::kUpstreamInvalid);
  EXPECT_TRUE(send({.url = url("/large"), .max_response_bytes = 300000}));
}

TEST_F(ClientTest, GivesUpInTime) {
  EXPECT_EQ(error_of({.url = url("/late"), .timeout = milliseconds(30)}), ErrorName::kDeadlineExceeded);
  context_.deadline = clock_.steady_now() + milliseconds(30);
  EXPECT_EQ(error_of({.url = url("/late")}), ErrorName::kDeadlineExceeded);
  EXPECT_EQ(error_of({.url = url("/echo")}), ErrorName::kDeadlineExceeded);
}

TEST_F(ClientTest, EndsWhenTheWorkIsCancelled) {
  std::stop_source cancel;
  context_.cancellation = cancel.get_token();
  std::jthread canceller([&] { cancel.request_stop(); });
  EXPECT_EQ(error_of({.url = url("/late")}), ErrorName::kCancelled);
}

TEST_F(ClientTest, RefusesRequestsThatWouldSmuggle) {
  EXPECT_EQ(error_of({.url = url("/echo\r\nX-Evil: 1")}), ErrorName::kBadRequest);
  EXPECT_EQ(error_of({.url = url("/echo"), .headers = {{"X-Test", "a\r\nX-Evil: 1"}}}), ErrorName::kBadRequest);
  EXPECT_EQ(error_of({.url = url("/echo"), .headers = {{"X-Test: a", "b"}}}), ErrorName::kBadRequest);
  EXPECT_EQ(error_of({.url = "http://"}), ErrorName::kBadRequest);
}

TEST_F(ClientTest, RefusesOtherSchemesAndUnencryptedOnesUnlessAllowed) {
  EXPECT_EQ(error_of({.url = "file:///etc/passwd"}), ErrorName::kAddressNotAllowed);
  const Client strict;
  const auto response = strict.send(context_, {.url = url("/echo?secret=1")});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().name, ErrorName::kAddressNotAllowed);
  EXPECT_FALSE(response.error().detail.contains("secret")) << response.error().detail;
}

TEST_F(ClientTest, KeepsUsersAddressesOutOfPrivateNetworks) {
  const Client guarded{{.allow_plain_http = true, .addresses = AddressPolicy::kPublicOnly}};
  for (const auto& address : {url("/echo"), fmt::format("http://localhost:{}/echo", server_->port()),
                              fmt::format("http://2130706433:{}/echo", server_->port()),
                              std::string("http://[::ffff:127.0.0.1]/"), std::string("http://169.254.169.254/")}) {
    const auto response = guarded.send(context_, {.url = address});
    ASSERT_FALSE(response) << address;
    EXPECT_EQ(response.error().name, ErrorName::kAddressNotAllowed) << address << ": " << response.error().detail;
  }
}

TEST_F(ClientTest, SaysThatNobodyAnswers) {
  boost::asio::io_context loop;
  const boost::asio::ip::tcp::acceptor bound(loop, {boost::asio::ip::make_address("127.0.0.1"), 0});
  boost::asio::ip::tcp::acceptor closed(loop, {boost::asio::ip::make_address("127.0.0.1"), 0});
  const auto port = closed.local_endpoint().port();
  closed.close();
  EXPECT_EQ(error_of({.url = fmt::format("http://127.0.0.1:{}/", port)}), ErrorName::kUpstreamUnavailable);
  EXPECT_EQ(error_of({.url = fmt::format("https://127.0.0.1:{}/", server_->port())}), ErrorName::kUpstreamUntrusted);
}

}  // namespace
}  // namespace busflow::http_client
