#include "connection.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/websocket.hpp>

#include <platform/base/text.hpp>

#include "response_writer.hpp"
#include "transfer.hpp"

namespace busflow::http {
namespace {

constexpr std::size_t kLongestRequestId = 128;
/// How much of a refused request is read and thrown away, so that the client gets to see the answer instead of a reset.
constexpr std::size_t kLingerBytes = 64 << 20;
constexpr std::chrono::milliseconds kLingerTime{1000};

bool is_sane_request_id(std::string_view text) {
  return !text.empty() && text.size() <= kLongestRequestId && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  });
}

/// The last address was added by the proxy next to us; those before it are the client's claims.
std::string last_forwarded(std::string_view header) {
  const auto comma = header.rfind(',');
  auto last = comma == std::string_view::npos ? header : header.substr(comma + 1);
  while (last.starts_with(' ')) last.remove_prefix(1);
  return std::string(last);
}

std::string agreed_subprotocol(const WebSocketRoute& route, std::string_view offered) {
  const auto list = ", " + std::string(offered) + ",";
  for (const auto& candidate : route.subprotocols) {
    if (list.find(" " + candidate + ",") != std::string::npos || list.find("," + candidate + ",") != std::string::npos)
      return candidate;
  }
  return {};
}

}  // namespace

Connection::Connection(std::shared_ptr<Listener> listener, boost::asio::ip::tcp::socket socket)
    : listener_(std::move(listener)), socket_(std::move(socket)), reader_(socket_, listener_->options()) {
  boost::system::error_code ignored;
  const auto endpoint = socket_.remote_endpoint(ignored);
  peer_ = endpoint.address().to_string();
  peer_is_local_ = endpoint.address().is_loopback();
  listener_->add(this);
}

Connection::~Connection() { listener_->remove(this); }

void Connection::expire_after(SteadyTime now, bool stopping) {
  if (reader_.deadline() > now && !(stopping && reader_.is_idle() && reader_.deadline() != SteadyTime::max())) return;
  reader_.expire();
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void Connection::close() {
  boost::system::error_code ignored;
  socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_both, ignored);  // A transfer has a descriptor of its own.
  socket_.close(ignored);
}

std::shared_ptr<Request> Connection::make_request(Parser& parser) {
  auto& message = parser.get();
  auto request = std::make_shared<Request>();
  const std::string_view target(message.target().data(), message.target().size());
  const auto question = target.find('?');
  request->method.assign(message.method_string().data(), message.method_string().size());
  request->path = target.substr(0, question);
  if (question != std::string_view::npos) request->query = target.substr(question + 1);
  for (const auto& field : message) {
    request->headers.emplace_back(lower_case({field.name_string().data(), field.name_string().size()}),
                                  std::string(field.value().data(), field.value().size()));
  }
  const auto given_id = request->header("x-request-id");
  request->request_id =
      given_id && is_sane_request_id(*given_id) ? std::string(*given_id) : listener_->next_request_id();
  const auto trace = TraceContext::parse(request->header("traceparent").value_or(""));
  request->trace = trace ? trace->child() : TraceContext::start();
  const auto forwarded = request->header("x-forwarded-for");
  request->remote_address = peer_is_local_ && forwarded ? last_forwarded(*forwarded) : peer_;
  request->loop_index = listener_->loop_index();
  return request;
}

boost::asio::awaitable<void> Connection::serve() {
  for (;;) {
    auto parser = co_await reader_.read_header();
    if (!parser) {
      co_await finish_after_error(parser.error());
      co_return;
    }
    if (*parser == nullptr) co_return;
    const auto request = make_request(**parser);
    if (boost::beast::websocket::is_upgrade((*parser)->get())) {
      if (const auto* route = listener_->router().find_websocket(request->path)) {
        co_await upgrade(route, parser->get(), request);
        co_return;
      }
    }
    if (!co_await answer(parser->get(), request)) co_return;
  }
}

boost::asio::awaitable<bool> Connection::answer(Parser* parser, std::shared_ptr<Request> request) {
  const auto route = listener_->router().find(*request);
  if (route && std::holds_alternative<TransferHandler>((*route)->action))
    co_return co_await transfer(*route, parser, request);
  if (const auto error = co_await reader_.read_body(parser)) {
    co_await finish_after_error(*error);
    co_return false;
  }
  request->body = std::move(parser->get().body());
  const bool keep_alive = parser->keep_alive();
  const auto start = std::chrono::steady_clock::now();
  const auto request_id = request->request_id;
  const bool without_body = request->method == "HEAD";
  const bool compresses = listener_->compressors() != nullptr && !without_body;
  // Beforehand: a handler may take the request apart.
  const auto accepted = compresses ? accepted_codings(request->headers) : AcceptedCodings{};
  Response response;
  if (!route) {
    response = Response::from_error(route.error(), request_id);
  } else if (const auto* streaming = std::get_if<StreamHandler>(&(*route)->action)) {
    co_await stream(streaming, request);
    co_return false;
  } else {
    response = co_await call(&std::get<Handler>((*route)->action), request);
  }
  if (compresses && choose_gzip(accepted, response)) response = co_await gzipped(accepted, std::move(response));
  const auto status = response.status;
  const bool stay = keep_alive && !listener_->is_stopping();
  const bool written = co_await write(std::move(response), request_id, stay, without_body);
  listener_->count(route ? *route : nullptr, status, std::chrono::steady_clock::now() - start);
  co_return written&& stay;
}

boost::asio::awaitable<bool> Connection::transfer(const Route* route, Parser* parser,
                                                  std::shared_ptr<Request> request) {
  const auto start = std::chrono::steady_clock::now();
  const auto moving = std::make_shared<ConnectionTransfer>(
      ConnectionTransfer::Parts{.socket = socket_,
                                .reader = reader_,
                                .parser = *parser,
                                .request = request,
                                .write_timeout = listener_->options().idle_timeout,
                                .keep_alive = parser->keep_alive() && !listener_->is_stopping()});
  const auto response = co_await std::get<TransferHandler>(route->action)(moving);
  if (moving->status() != 0) {
    listener_->count(route, moving->status(), std::chrono::steady_clock::now() - start);
    co_return moving->is_complete() && parser->keep_alive() && !listener_->is_stopping();
  }
  listener_->count(route, response.status, std::chrono::steady_clock::now() - start);
  if (!moving->is_read()) {
    co_await finish(response, request->request_id);
    co_return false;
  }
  const bool stay = parser->keep_alive() && !listener_->is_stopping();
  const bool written = co_await write(response, request->request_id, stay, request->method == "HEAD");
  co_return written&& stay;
}

boost::asio::awaitable<Response> Connection::call(const Handler* handler, std::shared_ptr<Request> request) {
  std::string fault;
  try {
    co_return co_await (*handler)(request);
  } catch (const std::exception& caught) {
    fault = caught.what();
  }
  listener_->logger().error("a request failed", {{"reason", fault},
                                                 {"path", request->path},
                                                 {"request_id", request->request_id},
                                                 {"trace_id", request->trace.trace_id}});
  co_return Response::from_error({ErrorName::kInternal, {}, {}}, request->request_id);
}

boost::asio::awaitable<Response> Connection::gzipped(AcceptedCodings accepted, Response response) {
  if (response.body.size() <= kMostBytesAtOnce) {
    gzip(accepted, response);
    co_return response;
  }
  const auto shared = std::make_shared<Response>(std::move(response));
  // Whether it was possible or not, for a full queue or for lack of memory: the answer stands, and every client reads
  // it as it is.
  static_cast<void>(co_await runtime::run_on<void>(*listener_->compressors(), [shared, accepted]() -> Result<void> {
    gzip(accepted, *shared);
    return {};
  }));
  co_return std::move(*shared);
}

boost::asio::awaitable<void> Connection::stream(const StreamHandler* handler, std::shared_ptr<Request> request) {
  Response head{.content_type = "text/event-stream", .headers = {{"x-accel-buffering", "no"}}};
  const auto text = response_header(head, std::nullopt, request->request_id, false);
  const auto [error, size] = co_await boost::asio::async_write(socket_, boost::asio::buffer(text),
                                                               boost::asio::as_tuple(boost::asio::use_awaitable));
  if (error) co_return;
  const auto events = std::make_shared<EventStream>(socket_);
  std::string fault;
  try {
    co_await (*handler)(events, request);
  } catch (const std::exception& caught) {
    fault = caught.what();
  }
  if (!fault.empty())
    listener_->logger().error("a stream failed", {{"reason", fault}, {"request_id", request->request_id}});
}

boost::asio::awaitable<void> Connection::upgrade(const WebSocketRoute* route, Parser* parser,
                                                 std::shared_ptr<Request> request) {
  const auto message = parser->release();
  // The socket moves into the WebSocket; what is left here is closed and no longer watched.
  reader_.set_deadline(SteadyTime::max());
  const auto websocket = std::make_shared<WebSocket>(std::move(socket_));
  const auto protocol = agreed_subprotocol(*route, request->header("sec-websocket-protocol").value_or(""));
  websocket->set_option(boost::beast::websocket::stream_base::decorator(
      [protocol, id = request->request_id](boost::beast::websocket::response_type& response) {
        response.set("x-request-id", id);
        if (!protocol.empty()) response.set(boost::beast::http::field::sec_websocket_protocol, protocol);
      }));
  const auto [error] = co_await websocket->async_accept(message, boost::asio::as_tuple(boost::asio::use_awaitable));
  if (error) co_return;
  request->headers.emplace_back("x-agreed-subprotocol", protocol);
  std::string fault;
  try {
    co_await route->handler(websocket, request);
  } catch (const std::exception& caught) {
    fault = caught.what();
  }
  if (!fault.empty())
    listener_->logger().error("a WebSocket failed", {{"reason", fault}, {"request_id", request->request_id}});
}

boost::asio::awaitable<bool> Connection::write(Response response, std::string request_id, bool keep_alive,
                                               bool without_body) {
  const auto header = response_header(response, response.body.size(), request_id, keep_alive);
  const std::array<boost::asio::const_buffer, 2> parts{
      boost::asio::buffer(header), without_body ? boost::asio::const_buffer() : boost::asio::buffer(response.body)};
  // A client that stops reading must not hold the connection for ever.
  reader_.set_deadline(std::chrono::steady_clock::now() + listener_->options().idle_timeout);
  const auto [error, size] =
      co_await boost::asio::async_write(socket_, parts, boost::asio::as_tuple(boost::asio::use_awaitable));
  co_return !error;
}

boost::asio::awaitable<void> Connection::finish_after_error(Error error) {
  const auto request_id = listener_->next_request_id();
  auto response = Response::from_error(error, request_id);
  listener_->count(nullptr, response.status, {});
  co_await finish(std::move(response), request_id);
}

/// Answers, and closes once the client had time to see it.
boost::asio::awaitable<void> Connection::finish(Response response, std::string request_id) {
  if (!co_await write(std::move(response), request_id, false, false)) co_return;
  boost::system::error_code ignored;
  socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
  // Bounded in bytes, and in time by the listener's sweep.
  reader_.set_deadline(std::chrono::steady_clock::now() + kLingerTime);
  std::vector<char> discarded(std::size_t{64} << 10);
  for (std::size_t total = 0; total < kLingerBytes;) {
    const auto [read_error, size] = co_await socket_.async_read_some(boost::asio::buffer(discarded),
                                                                     boost::asio::as_tuple(boost::asio::use_awaitable));
    if (read_error) break;
    total += size;
  }
}

boost::asio::awaitable<void> Connection::refuse() {
  co_await finish_after_error({ErrorName::kOverloaded, "too many connections are open", {}});
}

boost::asio::awaitable<void> serve_connection(std::shared_ptr<Listener> listener, boost::asio::ip::tcp::socket socket,
                                              bool welcome) {
  Connection connection(std::move(listener), std::move(socket));
  if (welcome) {
    co_await connection.serve();
  } else {
    co_await connection.refuse();
  }
}

}  // namespace busflow::http
