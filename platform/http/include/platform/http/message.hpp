#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <platform/base/error.hpp>
#include <platform/base/trace.hpp>

namespace busflow::http {

/// A request that was read whole.
struct Request {
  std::string method;
  std::string path;   ///< As sent, without the query; not percent-decoded.
  std::string query;  ///< After the '?'.
  std::string body;
  std::map<std::string, std::string, std::less<>> path_parameters;  ///< By the names in the route's pattern.
  std::vector<std::pair<std::string, std::string>> headers;         ///< Names in lower case.
  std::string remote_address;  ///< The client's; behind a proxy on this host, the one it reports.
  std::string request_id;
  TraceContext trace;
  std::size_t loop_index = 0;  ///< Event loop of the connection; picks per-loop resources.

  /// `name` in lower case. The first one, when there are several.
  std::optional<std::string_view> header(std::string_view name) const;
  /// A parameter of the query, percent-decoded.
  std::optional<std::string> query_parameter(std::string_view name) const;
  /// All of them, percent-decoded; of several with one name, the first.
  std::map<std::string, std::string, std::less<>> query_parameters() const;
};

struct Response {
  std::uint16_t status = 200;
  std::string body;
  std::string content_type = "application/json; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers;  ///< Names in lower case.

  static Response json(std::string body, std::uint16_t status = 200);
  static Response text(std::string body, std::uint16_t status = 200);
  /// `{"error": {"name", "message", "hint", "path"?, "request_id"}}`. Faults show their table text only, not their
  /// detail.
  static Response from_error(const Error& error, std::string_view request_id);
};

/// "a%20b" → "a b"; '+' is a space too. What is no escape stays as it is.
std::string percent_decode(std::string_view text);

/// "Not Found" for 404.
std::string_view reason_phrase(std::uint16_t status);

}  // namespace busflow::http
