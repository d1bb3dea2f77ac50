#include "transfer.hpp"

#include <poll.h>

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>

#include "response_writer.hpp"

namespace busflow::http {
namespace {

boost::asio::awaitable<Response> run(std::shared_ptr<const SynchronousEnvironment> environment,
                                     std::shared_ptr<const SynchronousTransferHandler> handler,
                                     std::shared_ptr<Transfer> transfer) {
  auto context = make_context(*environment, transfer->request());
  context.deadline = SteadyTime::max();
  auto result = co_await runtime::run_on<Response>(
      environment->workers,
      [handler, transfer, context]() mutable -> Result<Response> { return (*handler)(context, *transfer); });
  co_return settle(environment->logger.with(context), transfer->request(), std::move(result));
}

}  // namespace

TransferHandler transfer_on_workers(SynchronousEnvironment environment, SynchronousTransferHandler handler) {
  const auto shared_environment = std::make_shared<const SynchronousEnvironment>(std::move(environment));
  const auto shared_handler = std::make_shared<const SynchronousTransferHandler>(std::move(handler));
  return [shared_environment, shared_handler](std::shared_ptr<Transfer> transfer) {
    return run(shared_environment, shared_handler, std::move(transfer));
  };
}

std::optional<std::uint64_t> ConnectionTransfer::body_length() const {
  const auto length = parts_.parser.content_length();
  return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

Result<std::string> ConnectionTransfer::read() {
  auto piece = boost::asio::co_spawn(parts_.socket.get_executor(), parts_.reader.read_piece(&parts_.parser),
                                     boost::asio::use_future)
                   .get();
  if (!piece) is_broken_ = true;
  return piece;
}

boost::asio::awaitable<Result<void>> ConnectionTransfer::send(std::string_view bytes) {
  // A client that stops reading must not hold the connection for ever.
  parts_.reader.set_deadline(std::chrono::steady_clock::now() + parts_.write_timeout);
  const auto [error, size] = co_await boost::asio::async_write(parts_.socket, boost::asio::buffer(bytes),
                                                               boost::asio::as_tuple(boost::asio::use_awaitable));
  parts_.reader.set_deadline(SteadyTime::max());
  if (!error) co_return Result<void>();
  is_broken_ = true;
  co_return fail(ErrorName::kCancelled, "the client has gone");
}

Result<void> ConnectionTransfer::begin(const Response& head, std::optional<std::uint64_t> length) {
  status_ = head.status;
  left_ = parts_.request->method == "HEAD" ? std::optional<std::uint64_t>(0) : length;
  const bool stay = parts_.keep_alive && length.has_value() && is_read();
  const auto text = response_header(head, length, parts_.request->request_id, stay);
  return boost::asio::co_spawn(parts_.socket.get_executor(), send(text), boost::asio::use_future).get();
}

Result<void> ConnectionTransfer::write(std::string_view bytes) {
  if (left_ && bytes.size() > *left_) return fail(ErrorName::kInternal, "more is written than was announced");
  if (left_) *left_ -= bytes.size();
  return boost::asio::co_spawn(parts_.socket.get_executor(), send(bytes), boost::asio::use_future).get();
}

boost::asio::awaitable<bool> ConnectionTransfer::has_hung_up() {
  if (!parts_.socket.is_open()) co_return true;
  pollfd state{.fd = parts_.socket.native_handle(), .events = POLLRDHUP, .revents = 0};
  co_return poll(&state, 1, 0) > 0;
}

bool ConnectionTransfer::is_client_gone() {
  return boost::asio::co_spawn(parts_.socket.get_executor(), has_hung_up(), boost::asio::use_future).get();
}

bool ConnectionTransfer::is_complete() const { return !is_broken_ && is_read() && left_ == 0U; }

}  // namespace busflow::http
