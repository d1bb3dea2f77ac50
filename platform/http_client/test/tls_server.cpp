#include "tls_server.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>

#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/impl/src.hpp>  // BOOST_ASIO_SEPARATE_COMPILATION: the one place that compiles it.
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

namespace busflow::http_client {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

Certificate make_certificate(EVP_PKEY* key) {
  Certificate certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> address(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1"), X509_EXTENSION_free);
  X509_add_ext(certificate.get(), address.get(), -1);
  if (X509_sign(certificate.get(), key, EVP_sha256()) == 0) throw std::runtime_error("no certificate");
  return certificate;
}

std::string pem_text(X509* certificate) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_X509(memory.get(), certificate);
  char* text = nullptr;
  const auto size = BIO_get_mem_data(memory.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::filesystem::path write_temporary_file(const std::string& content) {
  std::string name = (std::filesystem::temp_directory_path() / "busflow-test-XXXXXX").string();
  const int descriptor = mkstemp(name.data());
  if (descriptor < 0) throw std::runtime_error("no temporary file");
  close(descriptor);
  std::ofstream(name) << content;
  return name;
}

}  // namespace

TlsServer::TlsServer() : acceptor_(loop_, {boost::asio::ip::make_address("127.0.0.1"), 0}) {
  const Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const Certificate certificate = make_certificate(key.get());
  certificate_file_ = write_temporary_file(pem_text(certificate.get()));
  SSL_CTX_use_certificate(context_.native_handle(), certificate.get());
  SSL_CTX_use_PrivateKey(context_.native_handle(), key.get());
  thread_ = std::jthread([this] { serve(); });
}

TlsServer::~TlsServer() {
  boost::system::error_code ignored;
  shutdown(acceptor_.native_handle(), SHUT_RDWR);  // Wakes accept().
  thread_.join();
  acceptor_.close(ignored);
  std::filesystem::remove(certificate_file_);
}

void TlsServer::serve() {
  while (true) {
    boost::system::error_code error;
    boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream(loop_, context_);
    acceptor_.accept(stream.next_layer(), error);
    if (error) return;
    stream.handshake(boost::asio::ssl::stream_base::server, error);
    if (error) continue;
    std::string request;
    boost::asio::read_until(stream, boost::asio::dynamic_buffer(request), "\r\n\r\n", error);
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
    boost::asio::write(stream, boost::asio::buffer(answer), error);
    stream.shutdown(error);
  }
}

}  // namespace busflow::http_client
