#include "client.hpp"

#include <chrono>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>

namespace busflow::graphql_server {
namespace {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using boost::asio::ip::tcp;

constexpr std::chrono::seconds kPatience{10};

bool is_keep_alive(std::string_view message) {
  return message == R"({"type":"ping","payload":{"message":"keepalive"}})" || message == R"({"type":"ka"})";
}

tcp::endpoint loopback(std::uint16_t port) { return {asio::ip::make_address("127.0.0.1"), port}; }

}  // namespace

SocketClient::SocketClient(std::uint16_t port, const std::string& subprotocol) : stream_(io_) {
  stream_.next_layer().connect(loopback(port));
  stream_.set_option(websocket::stream_base::decorator([subprotocol](websocket::request_type& request) {
    if (!subprotocol.empty()) request.set(boost::beast::http::field::sec_websocket_protocol, subprotocol);
  }));
  stream_.handshake("127.0.0.1", "/v1/graphql");
}

void SocketClient::send(const std::string& text) {
  boost::system::error_code error;
  stream_.write(asio::buffer(text), error);
  EXPECT_FALSE(error) << error.message();
}

void SocketClient::initialise(const std::string& token) {
  send({{"type", "connection_init"},
        {"payload", json::Object{{"headers", json::Object{{"Authorization", "Bearer " + token}}}}}});
  EXPECT_EQ(receive(), R"({"type":"connection_ack"})");
}

void SocketClient::subscribe(const std::string& id, const std::string& query, json::Object variables) {
  send({{"type", "subscribe"},
        {"id", id},
        {"payload", json::Object{{"query", query}, {"variables", std::move(variables)}}}});
}

std::optional<std::string> SocketClient::read(std::chrono::milliseconds limit) {
  if (!is_reading_ && !is_closed_) {
    is_reading_ = true;
    stream_.async_read(buffer_, [this](boost::system::error_code error, std::size_t) {
      is_reading_ = false;
      if (error) {
        is_closed_ = true;
        return;
      }
      arrived_ = boost::beast::buffers_to_string(buffer_.cdata());
      buffer_.clear();
    });
  }
  const auto until = std::chrono::steady_clock::now() + limit;
  io_.restart();
  while (!arrived_ && !is_closed_ && std::chrono::steady_clock::now() < until) io_.run_one_until(until);
  return std::exchange(arrived_, std::nullopt);
}

std::string SocketClient::receive() {
  while (const auto text = read(kPatience)) {
    if (!is_keep_alive(*text)) return *text;
    if (text->starts_with(R"({"type":"ping")")) send(R"({"type":"pong"})");
  }
  return {};
}

std::string SocketClient::receive_data(const std::string& id) {
  const auto text = receive();
  const auto message = json::parse(text);
  if (!message || message->at("type").as_string() != "next" || message->at("id").as_string() != id.c_str()) {
    ADD_FAILURE() << "no result for " << id << " but '" << text << "'";
    return {};
  }
  const auto& payload = message->at("payload").as_object();
  return payload.contains("data") ? json::serialize(payload.at("data")) : json::serialize(payload);
}

bool SocketClient::is_silent(std::chrono::milliseconds during) {
  const auto until = std::chrono::steady_clock::now() + during;
  while (std::chrono::steady_clock::now() < until) {
    const auto text =
        read(std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()) +
             std::chrono::milliseconds(1));
    if (text && !is_keep_alive(*text)) return false;
    if (is_closed_) return false;
  }
  return true;
}

std::string SocketClient::closed() {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!is_closed_ && std::chrono::steady_clock::now() < until) read(kPatience);
  if (!is_closed_) return "open";
  const auto& reason = stream_.reason();
  return fmt::format("{} {}", reason.code, std::string_view(reason.reason.data(), reason.reason.size()));
}

HttpAnswer post(std::uint16_t port, const std::string& body, const std::string& headers) {
  asio::io_context io;
  tcp::socket socket(io);
  socket.connect(loopback(port));
  asio::write(socket, asio::buffer(fmt::format("POST /v1/graphql HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                                               "Content-Type: application/json\r\nContent-Length: {}\r\n{}\r\n{}",
                                               body.size(), headers, body)));
  std::string text;
  boost::system::error_code error;
  asio::read(socket, asio::dynamic_buffer(text), error);
  const auto end_of_head = text.find("\r\n\r\n");
  if (text.size() < 12 || end_of_head == std::string::npos) return {};
  return {std::stoi(text.substr(9, 3)), text.substr(end_of_head + 4)};
}

}  // namespace busflow::graphql_server
