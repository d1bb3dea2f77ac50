#pragma once

#include <string>
#include <string_view>

#include <platform/http/message.hpp>

namespace busflow::http {

/// Status line and header of a response. A body length of nothing leaves Content-Length out, as a stream needs it.
std::string response_header(const Response& response, std::optional<std::size_t> body_length,
                            std::string_view request_id, bool keep_alive);

}  // namespace busflow::http
