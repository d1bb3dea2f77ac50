#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <platform/http/transfer.hpp>
#include <platform/process/descriptor.hpp>

#include "request_reader.hpp"

namespace busflow::http {

/// A transfer over a connection's socket. What happened to it is read by the connection once its handler is done.
class ConnectionTransfer final : public Transfer {
 public:
  struct Parts {
    boost::asio::ip::tcp::socket& socket;
    RequestReader& reader;
    Parser& parser;
    std::shared_ptr<Request> request;
    std::chrono::milliseconds write_timeout;
    bool keep_alive = false;
  };
  explicit ConnectionTransfer(Parts parts);

  const Request& request() const override { return *parts_.request; }
  std::optional<std::uint64_t> body_length() const override;
  Result<std::string> read() override;
  Result<void> begin(const Response& head, std::optional<std::uint64_t> length) override;
  Result<void> write(std::string_view bytes) override;
  bool is_client_gone() override;

  /// Status of the answer that was begun; 0 when none was.
  std::uint16_t status() const { return status_; }
  /// Whether the request's body was read to its end.
  bool is_read() const { return parts_.parser.is_done(); }
  /// Whether the connection can go on with the next request: all that was announced was sent, and all that came read.
  bool is_complete() const;

 private:
  Result<void> send(std::string_view bytes);
  bool has(short events, SteadyTime until) const;

  Parts parts_;
  /// The socket once more, for what the handler's thread does itself: to have the event loop send each piece would cost
  /// two changes of threads. As one of its own it is no other's when the connection is closed meanwhile.
  process::Descriptor own_;
  std::uint16_t status_ = 0;
  std::optional<std::uint64_t> left_;  ///< Bytes of the answer's body that were announced and not sent.
  bool is_broken_ = false;
};

}  // namespace busflow::http
