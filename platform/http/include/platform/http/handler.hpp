#pragma once

#include <functional>
#include <memory>

#include <boost/asio/awaitable.hpp>

#include <platform/http/message.hpp>

namespace busflow::http {

/// Runs on the connection's event loop and must not block it. It may move the body out of the request.
using Handler = std::function<boost::asio::awaitable<Response>(std::shared_ptr<Request>)>;

}  // namespace busflow::http
