#pragma once

#include <memory>
#include <optional>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <platform/base/clock.hpp>
#include <platform/http/server.hpp>

namespace busflow::http {

using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

/// Reads one request after the other from a socket. What arrives in one piece costs one read.
class RequestReader {
 public:
  RequestReader(boost::asio::ip::tcp::socket& socket, const ServerOptions& options)
      : socket_(socket), options_(options) {}

  /// A parser that holds a whole request; nothing when the client has closed or stayed idle too long; an error to
  /// answer with otherwise (kRequestTimeout, kHeaderTooLarge, kPayloadTooLarge, kBadRequest).
  boost::asio::awaitable<Result<std::unique_ptr<Parser>>> read();

  /// When the present step must be over; the listener's sweep cancels the socket after it, having called expire().
  SteadyTime deadline() const { return deadline_; }
  void expire() { expired_ = true; }
  /// Between requests: safe to close when the server stops.
  bool is_idle() const { return idle_; }
  /// For steps that are not reads: writing an answer, waiting for the client to hang up.
  void set_deadline(SteadyTime deadline) { deadline_ = deadline; }
  boost::beast::flat_buffer& buffer() { return buffer_; }

 private:
  enum class Part { kHeader, kBody };
  boost::asio::awaitable<bool> receive();
  boost::asio::awaitable<void> offer_continue();
  std::optional<Error> parse(Parser& parser, Part part);
  Error interrupted(const Parser& parser) const;

  boost::asio::ip::tcp::socket& socket_;
  const ServerOptions& options_;
  boost::beast::flat_buffer buffer_;
  SteadyTime deadline_ = SteadyTime::max();
  bool idle_ = true;
  bool expired_ = false;
};

}  // namespace busflow::http
