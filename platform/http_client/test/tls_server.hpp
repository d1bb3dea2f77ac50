#pragma once

#include <cstdint>
#include <filesystem>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

namespace busflow::http_client {

/// Answers every TLS connection to 127.0.0.1 with "200 ok", with a certificate that it made and signed itself.
class TlsServer {
 public:
  TlsServer();
  ~TlsServer();

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  /// The certificate as a PEM file: an authority that knows this server.
  const std::filesystem::path& certificate_file() const { return certificate_file_; }

 private:
  void serve();

  std::filesystem::path certificate_file_;
  boost::asio::io_context loop_;
  boost::asio::ssl::context context_{boost::asio::ssl::context::tls_server};
  boost::asio::ip::tcp::acceptor acceptor_;
  std::jthread thread_;
};

}  // namespace busflow::http_client
