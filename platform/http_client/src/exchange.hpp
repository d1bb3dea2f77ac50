#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <curl/curl.h>

#include <platform/base/context.hpp>
#include <platform/http_client/client.hpp>

namespace busflow::http_client {

/// One request on one libcurl handle: sets the options, is called back while it runs, makes the result.
class Exchange {
 public:
  /// References outlive the exchange.
  Exchange(const ClientOptions& options, Context& context, const Request& request);

  Result<Response> run(CURL* handle);

 private:
  using HeaderList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

  Result<void> check_request() const;
  Result<HeaderList> header_list() const;
  Result<long> timeout_milliseconds() const;
  void set_connection_options(CURL* handle);
  void set_request_options(CURL* handle);
  Result<Response> result(CURL* handle, CURLcode code);
  std::unexpected<Error> transport_error(CURLcode code) const;

  void take_header_line(std::string_view line);
  Result<void> take_body(std::string_view bytes);
  /// Keeps the first error for run() to return. Whether the transfer may go on.
  bool keep(const Result<void>& outcome);

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_read(char* buffer, std::size_t size, std::size_t count, void* self);
  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
  static curl_socket_t on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);

  const ClientOptions& options_;
  Context& context_;
  const Request& request_;
  std::string host_;
  Response response_;
  std::optional<Error> error_;
};

}  // namespace busflow::http_client
