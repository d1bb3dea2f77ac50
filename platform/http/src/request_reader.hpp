#pragma once

#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>

#include <platform/base/clock.hpp>
#include <platform/http/server.hpp>

namespace busflow::http {

/// A body that is gathered in a string, which may be emptied while it arrives. Unlike Beast's string_body it reserves
/// nothing for a length that was only announced.
struct GatheredBody {
  using value_type = std::string;
  class reader {
   public:
    template <bool is_request, class Fields>
    reader(boost::beast::http::header<is_request, Fields>& /*header*/, value_type& body) : body_(body) {}
    void init(const boost::optional<std::uint64_t>& /*length*/, boost::system::error_code& error) { error = {}; }
    template <class Buffers>
    std::size_t put(const Buffers& buffers, boost::system::error_code& error) {
      error = {};
      std::size_t taken = 0;
      for (auto it = boost::asio::buffer_sequence_begin(buffers); it != boost::asio::buffer_sequence_end(buffers);
           ++it) {
        const boost::asio::const_buffer buffer = *it;
        body_.append(static_cast<const char*>(buffer.data()), buffer.size());
        taken += buffer.size();
      }
      return taken;
    }
    void finish(boost::system::error_code& error) { error = {}; }

   private:
    value_type& body_;
  };
};

using Parser = boost::beast::http::request_parser<GatheredBody>;

/// Reads one request after the other from a socket. What arrives in one piece costs one read.
class RequestReader {
 public:
  RequestReader(boost::asio::ip::tcp::socket& socket, const ServerOptions& options)
      : socket_(socket), options_(options) {}

  /// A parser that holds a request's header; nothing when the client has closed or stayed idle too long; an error to
  /// answer with otherwise (kRequestTimeout, kHeaderTooLarge, kBadRequest).
  boost::asio::awaitable<Result<std::unique_ptr<Parser>>> read_header();
  /// Reads the whole body, if there is one, to the parser. The error to answer with, if any (kRequestTimeout,
  /// kPayloadTooLarge, kBadRequest).
  boost::asio::awaitable<std::optional<Error>> read_body(Parser* parser);
  /// Reads the next piece of a body of any length, and takes it out of the parser. Empty at the body's end. Each piece
  /// has body_timeout to arrive.
  boost::asio::awaitable<Result<std::string>> read_piece(Parser* parser);

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
  /// Tells a client that waits before it sends the body to go on.
  boost::asio::awaitable<void> offer_continue(const Parser* parser);
  std::optional<Error> parse(Parser& parser, Part part);
  std::optional<Error> check_length(Parser& parser) const;
  Error interrupted(const Parser& parser) const;

  boost::asio::ip::tcp::socket& socket_;
  const ServerOptions& options_;
  boost::beast::flat_buffer buffer_;
  SteadyTime deadline_ = SteadyTime::max();
  bool idle_ = true;
  bool expired_ = false;
  bool continued_ = false;  ///< The client was told to send the body.
};

}  // namespace busflow::http
