#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include <platform/base/result.hpp>
#include <platform/http/message.hpp>
#include <platform/http/synchronous.hpp>

namespace busflow::http {

/// A request whose body, and an answer whose body, pass in pieces: for files of any size in constant memory. The
/// functions block and are for a worker thread; the socket stays on its event loop. Use by one thread at a time.
class Transfer {
 public:
  virtual ~Transfer() = default;

  /// Its body is empty: see read().
  virtual const Request& request() const = 0;
  /// Of the body, when the client said so.
  virtual std::optional<std::uint64_t> body_length() const = 0;
  /// The next piece of the body; empty at its end. kRequestTimeout when nothing came for a while, kBadRequest when the
  /// client has gone.
  virtual Result<std::string> read() = 0;
  /// Sends the head of the answer, whose own body is ignored. With no length the body ends with the connection.
  virtual Result<void> begin(const Response& head, std::optional<std::uint64_t> length) = 0;
  /// Sends a piece of the answer's body. kCancelled when the client has gone.
  virtual Result<void> write(std::string_view bytes) = 0;
  /// Whether the client has hung up: for work that neither reads nor writes for long, and so would not notice.
  virtual bool is_client_gone() = 0;
};

/// The answer for a transfer that did not begin one; ignored otherwise.
using TransferHandler = std::function<boost::asio::awaitable<Response>(std::shared_ptr<Transfer>)>;
using SynchronousTransferHandler = std::function<Result<Response>(Context&, Transfer&)>;

/// As on_workers() of synchronous.hpp. The context has no deadline: a transfer takes as long as it goes on.
TransferHandler transfer_on_workers(SynchronousEnvironment environment, SynchronousTransferHandler handler);

}  // namespace busflow::http
