#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <platform/http/server.hpp>
#include <platform/http/standard_routes.hpp>
#include <platform/http/synchronous.hpp>

namespace busflow::http {

/// A blocking client that sends exactly the bytes it is given.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(loop_) {
    socket_.connect({boost::asio::ip::make_address("127.0.0.1"), port});
    const timeval limit{20, 0};  // a server that never answers fails the test instead of hanging it
    setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }

  void send(std::string_view text) { boost::asio::write(socket_, boost::asio::buffer(text)); }

  struct Reply {
    int status = 0;
    std::string head;
    std::string body;
    bool contains(std::string_view text) const { return head.contains(text) || body.contains(text); }
  };
  /// One answer with a Content-Length.
  Reply receive() {
    Reply reply;
    const auto head_size = boost::asio::read_until(socket_, boost::asio::dynamic_buffer(buffer_), "\r\n\r\n");
    reply.head = buffer_.substr(0, head_size);
    buffer_.erase(0, head_size);
    reply.status = std::stoi(reply.head.substr(9, 3));
    const auto at = reply.head.find("content-length: ");
    const std::size_t length = at == std::string::npos ? 0 : std::stoul(reply.head.substr(at + 16));
    if (buffer_.size() < length) {
      boost::asio::read(socket_, boost::asio::dynamic_buffer(buffer_),
                        boost::asio::transfer_exactly(length - buffer_.size()));
    }
    reply.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return reply;
  }
  /// Everything until the server closes.
  std::string receive_rest() {
    boost::system::error_code error;
    boost::asio::read(socket_, boost::asio::dynamic_buffer(buffer_), error);
    EXPECT_TRUE(error == boost::asio::error::eof || error == boost::asio::error::connection_reset) << error.message();
    return std::exchange(buffer_, {});
  }
  Reply get(std::string_view path) {
    send("GET " + std::string(path) + " HTTP/1.1\r\nHost: test\r\n\r\n");
    return receive();
  }
  boost::asio::ip::tcp::socket& socket() { return socket_; }

 private:
  boost::asio::io_context loop_;
  boost::asio::ip::tcp::socket socket_;
  std::string buffer_;
};

/// A server with two event loops and the routes a test adds.
class ServerTest : public testing::Test {
 protected:
  ServerTest()
      : loops_(2, [](std::string_view what) { ADD_FAILURE() << what; }),
        workers_(2, 4),
        logger_("test", telemetry::Level::kWarning, [this](std::string_view line) { note(line); }),
        environment_{.workers = workers_, .clock = clock_, .identifiers = identifiers_, .logger = logger_} {
    loops_.start();
  }
  ~ServerTest() override {
    if (server_) server_->drain(std::chrono::seconds(5));
    workers_.stop();
    loops_.stop();
  }

  void serve(ServerOptions options = {}) {
    server_ = std::make_unique<Server>(std::move(options), std::move(router_), loops_, logger_, metrics_);
    const auto listening = server_->listen();
    ASSERT_TRUE(listening) << listening.error().detail;
  }
  void note(std::string_view line) {
    const std::lock_guard lock(mutex_);
    log_.emplace_back(line);
  }

  SystemClock clock_;
  RandomIdentifierSource identifiers_;
  runtime::IoThreads loops_;
  runtime::WorkerPool workers_;
  std::mutex mutex_;
  std::vector<std::string> log_;
  telemetry::Logger logger_;
  telemetry::Metrics metrics_;
  SynchronousEnvironment environment_;
  Router router_;
  std::unique_ptr<Server> server_;
};

}  // namespace busflow::http
