#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <platform/base/result.hpp>

namespace busflow::http_client {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// Fills the buffer from its front and says how many bytes; 0 is the end. An error ends the request with it.
using BodySource = std::function<Result<std::size_t>(std::span<char> buffer)>;
/// Takes the next bytes of the answer. An error ends the request with it.
using BodySink = std::function<Result<void>(std::string_view bytes)>;

struct Request {
  std::string method = "GET";
  std::string url;
  Headers headers{};
  std::string body{};
  BodySource body_source{};                    ///< Instead of `body`, for bodies that are not in memory.
  std::optional<std::uint64_t> body_length{};  ///< Of `body_source`; absent: sent in chunks.
  BodySink body_sink{};                        ///< Takes the body of a 2xx answer, instead of Response::body.
  std::size_t max_response_bytes = 1048576;    ///< Of Response::body.
  std::chrono::milliseconds timeout{30000};    ///< For the whole exchange; 0: only the context's deadline.
  int max_redirects = 0;                       ///< 0: a redirect is the answer. Never from https to http.
};

struct Response {
  std::uint16_t status = 0;
  Headers headers;   ///< Of the last answer; names in lower case.
  std::string body;  ///< Empty where a sink took it.

  /// `name` in lower case. The first one, when there are several.
  std::optional<std::string_view> header(std::string_view name) const;
  bool is_success() const { return status >= 200 && status < 300; }
};

/// Percent-encodes everything but RFC 3986's unreserved characters.
std::string percent_encode(std::string_view text);
/// "a=1&b=x%20y", for queries and forms.
std::string encode_form(const Headers& fields);

}  // namespace busflow::http_client
