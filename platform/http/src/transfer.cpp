#include "transfer.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

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

ConnectionTransfer::ConnectionTransfer(Parts parts)
    : parts_(std::move(parts)), own_(fcntl(parts_.socket.native_handle(), F_DUPFD_CLOEXEC, 0)) {}

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

Result<void> ConnectionTransfer::send(std::string_view bytes) {
  // A client that stops reading must not hold the connection for ever.
  const auto until = std::chrono::steady_clock::now() + parts_.write_timeout;
  while (!bytes.empty()) {
    const auto sent = ::send(own_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK ? !has(POLLOUT, until) : errno != EINTR) {
      is_broken_ = true;
      return fail(ErrorName::kCancelled, "the client has gone");
    }
  }
  return {};
}

/// Whether something of that is so, or will be until then.
bool ConnectionTransfer::has(short events, SteadyTime until) const {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  pollfd state{.fd = own_.get(), .events = events, .revents = 0};
  return poll(&state, 1, static_cast<int>(std::max(left.count(), decltype(left)::rep{0}))) > 0;
}

Result<void> ConnectionTransfer::begin(const Response& head, std::optional<std::uint64_t> length) {
  status_ = head.status;
  left_ = parts_.request->method == "HEAD" ? std::optional<std::uint64_t>(0) : length;
  const bool stay = parts_.keep_alive && length.has_value() && is_read();
  return send(response_header(head, length, parts_.request->request_id, stay));
}

Result<void> ConnectionTransfer::write(std::string_view bytes) {
  if (left_ && bytes.size() > *left_) return fail(ErrorName::kInternal, "more is written than was announced");
  if (left_) *left_ -= bytes.size();
  return send(bytes);
}

bool ConnectionTransfer::is_client_gone() { return has(POLLRDHUP, std::chrono::steady_clock::now()); }

bool ConnectionTransfer::is_complete() const { return !is_broken_ && is_read() && left_ == 0U; }

}  // namespace busflow::http
