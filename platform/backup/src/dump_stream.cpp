#include <platform/backup/dump_stream.hpp>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

namespace busflow::backup {
namespace {

constexpr std::size_t kChunk = 256 << 10;
constexpr std::size_t kKeptErrors = 16 << 10;
constexpr int kLookMilliseconds = 200;

/// Waits until the descriptor is ready; an error when the time is over first.
Outcome<void> await(int descriptor, short event, const Context& context) {
  while (true) {
    BUSFLOW_CHECK(context.check());
    pollfd ready{.fd = descriptor, .events = event, .revents = 0};
    if (poll(&ready, 1, kLookMilliseconds) > 0) return {};
  }
}

std::unexpected<Failure> system_failure(std::string_view what) {
  return found(Problem::kOther, fmt::format("{}: {}", what, std::generic_category().message(errno)));
}

}  // namespace

DumpStream::DumpStream(const object_store::ObjectStore& store, const Context& context, process::Child child,
                       process::Pipe pipe, std::unique_ptr<process::Collector> errors)
    : store_(store),
      context_(context),
      errors_(std::move(errors)),
      child_(std::move(child)),
      pipe_(std::move(pipe)),
      buffer_(kChunk, '\0') {}

Outcome<std::unique_ptr<DumpStream>> DumpStream::open(const object_store::ObjectStore& store, const Context& context,
                                                      std::string_view key) {
  BUSFLOW_TRY(auto errors, process::Collector::make(kKeptErrors));
  BUSFLOW_TRY(auto pipe, process::make_pipe());
  BUSFLOW_TRY(auto child,
              process::Child::start(store.download(key), {.output = &pipe.write_end, .errors = &errors->stream()}));
  pipe.write_end.close();
  errors->start();
  return std::unique_ptr<DumpStream>(
      new DumpStream(store, context, std::move(child), std::move(pipe), std::move(errors)));
}

Outcome<std::string_view> DumpStream::read() {
  BUSFLOW_CHECK(await(pipe_.read_end.get(), POLLIN, context_));
  const ssize_t got = ::read(pipe_.read_end.get(), buffer_.data(), buffer_.size());
  if (got < 0) return system_failure("the dump cannot be read");
  const std::string_view bytes(buffer_.data(), static_cast<std::size_t>(got));
  hash_.update(bytes);
  bytes_ += bytes.size();
  return bytes;
}

Outcome<void> DumpStream::drain() {
  while (true) {
    BUSFLOW_TRY(const auto bytes, read());
    if (bytes.empty()) return {};
  }
}

Outcome<void> DumpStream::finish() {
  BUSFLOW_TRY(const auto exit, child_.wait(context_));
  if (exit.is_success()) return {};
  const Failure failure = store_.failure(errors_->finish());
  // It answered before: that it does not now is a broken download, not a store that is away.
  return found(failure.problem == Problem::kSourceUnreachable ? Problem::kSourceBroke : failure.problem,
               fmt::format("after {} bytes: {}", bytes_, failure.detail));
}

Feed::Feed(process::Descriptor pipe, const Context& context) : pipe_(std::move(pipe)), context_(context) {
  fcntl(pipe_.get(), F_SETFL, fcntl(pipe_.get(), F_GETFL) | O_NONBLOCK);
}

Outcome<bool> Feed::write(std::string_view bytes) {
  while (!bytes.empty()) {
    BUSFLOW_CHECK(await(pipe_.get(), POLLOUT, context_));
    const ssize_t written = ::write(pipe_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EPIPE) return false;
    if (written < 0 && errno != EAGAIN && errno != EINTR) return system_failure("a child cannot be fed");
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace busflow::backup
