#include "response_writer.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace busflow::http {

std::string response_header(const Response& response, std::optional<std::size_t> body_length,
                            std::string_view request_id, bool keep_alive) {
  std::string text;
  text.reserve(256);
  auto out = std::back_inserter(text);
  fmt::format_to(out, "HTTP/1.1 {} {}\r\ncontent-type: {}\r\nx-request-id: {}\r\nx-content-type-options: nosniff\r\n",
                 response.status, reason_phrase(response.status), response.content_type, request_id);
  // Unless the handler knows better.
  if (std::ranges::find(response.headers, "cache-control", &std::pair<std::string, std::string>::first) ==
      response.headers.end())
    text += "cache-control: no-store\r\n";
  if (body_length) fmt::format_to(out, "content-length: {}\r\n", *body_length);
  for (const auto& [name, value] : response.headers) fmt::format_to(out, "{}: {}\r\n", name, value);
  text += keep_alive ? "\r\n" : "connection: close\r\n\r\n";
  return text;
}

}  // namespace busflow::http
