#include "exchange.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include <fmt/format.h>

#include <platform/base/text.hpp>
#include <platform/http_client/address_policy.hpp>

namespace busflow::http_client {
namespace {

constexpr long kLongestTimeout = 24L * 60 * 60 * 1000;
constexpr std::size_t kSmallBuffer = 64 << 10;
constexpr std::size_t kLargeBuffer = 512 << 10;

bool is_plain(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

std::string_view host_of(std::string_view url) {
  if (const auto scheme = url.find("://"); scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  if (const auto user = url.rfind('@'); user != std::string_view::npos) url.remove_prefix(user + 1);
  return url;
}

bool is_untrusted(CURLcode code) {
  constexpr std::array kCodes = {CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM,  CURLE_SSL_CONNECT_ERROR,
                                 CURLE_SSL_CACERT_BADFILE,       CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS};
  return std::ranges::find(kCodes, code) != kCodes.end();
}

bool is_malformed(CURLcode code) {
  constexpr std::array kCodes = {CURLE_WEIRD_SERVER_REPLY,
                                 CURLE_UNSUPPORTED_PROTOCOL,
                                 CURLE_BAD_CONTENT_ENCODING,
                                 CURLE_TOO_MANY_REDIRECTS,
                                 CURLE_HTTP2,
                                 CURLE_HTTP2_STREAM};
  return std::ranges::find(kCodes, code) != kCodes.end();
}

}  // namespace

Exchange::Exchange(const ClientOptions& options, Context& context, const Request& request)
    : options_(options), context_(context), request_(request), host_(host_of(request.url)) {}

Result<Response> Exchange::run(CURL* handle) {
  BUSFLOW_CHECK(context_.check());
  BUSFLOW_CHECK(check_request());
  BUSFLOW_TRY(const auto headers, header_list());
  BUSFLOW_TRY(const auto timeout, timeout_milliseconds());
  curl_easy_reset(handle);  // Keeps open connections and the name cache.
  set_connection_options(handle);
  set_request_options(handle);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, timeout);
  return result(handle, curl_easy_perform(handle));
}

Result<void> Exchange::check_request() const {
  if (!is_plain(request_.url) || !is_plain(request_.method)) {
    return fail(ErrorName::kBadRequest, "the address contains a line end");
  }
  const bool is_encrypted = request_.url.starts_with("https://");
  if (!is_encrypted && !request_.url.starts_with("http://")) {
    return fail(ErrorName::kAddressNotAllowed, fmt::format("'{}' is not an https:// address", host_));
  }
  if (!is_encrypted && !options_.allow_plain_http) {
    return fail(ErrorName::kAddressNotAllowed, fmt::format("http://{} is not encrypted; use https://", host_));
  }
  return {};
}

Result<Exchange::HeaderList> Exchange::header_list() const {
  HeaderList list(nullptr, curl_slist_free_all);
  const auto append = [&](const std::string& line) {
    auto* const longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(list.release());
    list.reset(longer);
  };
  bool has_content_type = false;
  for (const auto& [name, value] : request_.headers) {
    if (name.empty() || name.contains(':') || !is_plain(name) || !is_plain(value)) {
      return fail(ErrorName::kBadRequest, "a request header contains a line end or has no name");
    }
    has_content_type |= name.size() == 12 && curl_strequal(name.c_str(), "content-type") != 0;
    append(value.empty() ? name + ";" : name + ": " + value);  // libcurl's way to send an empty header.
  }
  if (!has_content_type) append("Content-Type:");  // Otherwise libcurl calls every body a form.
  return list;
}

Result<long> Exchange::timeout_milliseconds() const {
  long timeout = request_.timeout.count() > 0 ? request_.timeout.count() : kLongestTimeout;
  if (context_.deadline != SteadyTime::max()) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(context_.deadline - context_.clock.steady_now()).count();
    if (left <= 0) return fail(ErrorName::kDeadlineExceeded);
    timeout = std::min(timeout, left);
  }
  return timeout;
}

void Exchange::set_connection_options(CURL* handle) {
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, request_.url.starts_with("https://") ? "https" : "http,https");
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options_.ca_file.empty()) {
    curl_easy_setopt(handle, CURLOPT_CAINFO, options_.ca_file.c_str());
    curl_easy_setopt(handle, CURLOPT_CAPATH, nullptr);  // That authority only, not the system's as well.
  }
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout.count()));
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(handle, CURLOPT_USERAGENT, options_.user_agent.c_str());
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, &Exchange::on_open_socket);
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, this);
}

void Exchange::set_request_options(CURL* handle) {
  curl_easy_setopt(handle, CURLOPT_URL, request_.url.c_str());
  curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, request_.max_redirects > 0 ? 1L : 0L);
  curl_easy_setopt(handle, CURLOPT_MAXREDIRS, static_cast<long>(request_.max_redirects));
  if (request_.body_source) {
    curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle, CURLOPT_READFUNCTION, &Exchange::on_read);
    curl_easy_setopt(handle, CURLOPT_READDATA, this);
    curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE,
                     request_.body_length ? static_cast<curl_off_t>(*request_.body_length) : curl_off_t{-1});
  } else if (!request_.body.empty() || request_.method == "POST" || request_.method == "PUT") {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request_.body.data());
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
  }
  if (request_.method == "HEAD") {
    curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
  } else {
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  }
  // Of libcurl's own, which are small: large bodies take a fraction of the steps.
  const bool is_large = request_.body_sink || request_.body_source || request_.body.size() > kLargeBuffer;
  curl_easy_setopt(handle, CURLOPT_BUFFERSIZE, static_cast<long>(is_large ? kLargeBuffer : kSmallBuffer));
  curl_easy_setopt(handle, CURLOPT_UPLOAD_BUFFERSIZE, static_cast<long>(is_large ? kLargeBuffer : kSmallBuffer));
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &Exchange::on_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &Exchange::on_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, &Exchange::on_progress);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, this);
}

Result<Response> Exchange::result(CURL* handle, CURLcode code) {
  if (error_) return std::unexpected(*std::move(error_));
  if (code != CURLE_OK) return transport_error(code);
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  response_.status = static_cast<std::uint16_t>(status);
  return std::move(response_);
}

std::unexpected<Error> Exchange::transport_error(CURLcode code) const {
  const auto detail = fmt::format("{}: {}", host_, curl_easy_strerror(code));
  if (code == CURLE_OPERATION_TIMEDOUT) return fail(ErrorName::kDeadlineExceeded, detail);
  if (code == CURLE_URL_MALFORMAT) return fail(ErrorName::kBadRequest, detail);
  if (is_untrusted(code)) return fail(ErrorName::kUpstreamUntrusted, detail);
  if (is_malformed(code)) return fail(ErrorName::kUpstreamInvalid, detail);
  return fail(ErrorName::kUpstreamUnavailable, detail);
}

void Exchange::take_header_line(std::string_view line) {
  if (line.starts_with("HTTP/")) {  // A new answer: after 100 Continue, or after a redirect.
    response_.headers.clear();
    const auto blank = line.find(' ');
    response_.status = blank == std::string_view::npos
                           ? std::uint16_t{0}
                           : static_cast<std::uint16_t>(std::strtoul(line.data() + blank, nullptr, 10));
    return;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return;
  auto value = line.substr(colon + 1);
  constexpr std::string_view kBlanks = " \t\r\n";
  value.remove_prefix(std::min(value.find_first_not_of(kBlanks), value.size()));
  value = value.substr(0, value.find_last_not_of(kBlanks) + 1);
  response_.headers.emplace_back(lower_case(line.substr(0, colon)), value);
}

Result<void> Exchange::take_body(std::string_view bytes) {
  if (request_.body_sink && response_.is_success()) return request_.body_sink(bytes);
  if (response_.body.size() + bytes.size() > request_.max_response_bytes) {
    return fail(ErrorName::kUpstreamInvalid,
                fmt::format("{}: the answer is larger than {} bytes", host_, request_.max_response_bytes));
  }
  response_.body += bytes;
  return {};
}

bool Exchange::keep(const Result<void>& outcome) {
  if (!outcome && !error_) error_ = outcome.error();
  return outcome.has_value();
}

std::size_t Exchange::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  static_cast<Exchange*>(self)->take_header_line({data, size * count});
  return size * count;
}

std::size_t Exchange::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& exchange = *static_cast<Exchange*>(self);
  const std::string_view bytes(data, size * count);
  return exchange.keep(exchange.take_body(bytes)) ? bytes.size() : bytes.size() + 1;  // Another number: give up.
}

std::size_t Exchange::on_read(char* buffer, std::size_t size, std::size_t count, void* self) {
  auto& exchange = *static_cast<Exchange*>(self);
  const auto read = exchange.request_.body_source({buffer, size * count});
  if (read) return *read;
  exchange.keep(std::unexpected(read.error()));
  return CURL_READFUNC_ABORT;
}

int Exchange::on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& exchange = *static_cast<Exchange*>(self);
  return exchange.keep(exchange.context_.check()) ? 0 : 1;
}

curl_socket_t Exchange::on_open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& exchange = *static_cast<Exchange*>(self);
  if (exchange.options_.addresses == AddressPolicy::kPublicOnly && !is_public_address(address->addr)) {
    exchange.keep(fail(ErrorName::kAddressNotAllowed, exchange.host_ + " leads into a private network"));
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

}  // namespace busflow::http_client
