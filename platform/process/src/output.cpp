#include <platform/process/output.hpp>

#include <unistd.h>

#include <array>
#include <system_error>

#include <fmt/format.h>

namespace busflow::process {
namespace {

constexpr std::size_t kChunk = 65536;
constexpr std::size_t kLongestLine = 65536;

}  // namespace

Result<std::unique_ptr<Collector>> Collector::make(std::size_t keep_bytes, OnLine on_line) {
  BUSFLOW_TRY(auto pipe, make_pipe());
  return std::unique_ptr<Collector>(new Collector(std::move(pipe), keep_bytes, std::move(on_line)));
}

void Collector::start() {
  pipe_.write_end.close();
  thread_ = std::jthread([this] { read(); });
}

const std::string& Collector::finish() {
  if (thread_.joinable()) thread_.join();
  return kept_;
}

std::string Collector::kept() const {
  const std::lock_guard lock(mutex_);
  return kept_;
}

void Collector::read() {
  std::array<char, kChunk> buffer;
  while (true) {
    const ssize_t got = ::read(pipe_.read_end.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    take({buffer.data(), static_cast<std::size_t>(got)});
  }
  if (on_line_ && !line_.empty()) on_line_(line_);
}

void Collector::take(std::string_view bytes) {
  {
    const std::lock_guard lock(mutex_);
    kept_ += bytes;
    if (kept_.size() > 2 * keep_bytes_) kept_.erase(0, kept_.size() - keep_bytes_);
  }
  if (!on_line_) return;
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    if (line_.size() < kLongestLine) line_ += bytes.substr(0, end);
    if (end == std::string_view::npos) return;
    on_line_(line_);
    line_.clear();
    bytes.remove_prefix(end + 1);
  }
}

Result<bool> write_all(const Descriptor& descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EPIPE) return false;
    if (written < 0) return fail(ErrorName::kInternal, "write: " + std::generic_category().message(errno));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Result<Captured> capture(const Context& context, const Command& command, std::string_view input) {
  BUSFLOW_TRY(auto output, Collector::make(kMostOutput));
  BUSFLOW_TRY(auto errors, Collector::make(kChunk));
  BUSFLOW_TRY(auto feed, make_pipe());
  BUSFLOW_TRY(auto child, Child::start(command, {&feed.read_end, &output->stream(), &errors->stream()}));
  output->start();
  errors->start();
  feed.read_end.close();
  BUSFLOW_TRY(const bool taken, write_all(feed.write_end, input));
  static_cast<void>(taken);  // A program may end without reading: its exit tells.
  feed.write_end.close();
  auto exit = child.wait(context);
  Captured captured{.exit = {}, .output = output->finish(), .errors = errors->finish()};
  if (!exit) return std::unexpected(exit.error());
  captured.exit = *exit;
  return captured;
}

Result<std::string> succeed(const Context& context, const Command& command, std::string_view input) {
  BUSFLOW_TRY(auto captured, capture(context, command, input));
  if (!captured.exit.is_success())
    return fail(ErrorName::kUpstreamInvalid,
                fmt::format("{}: {}: {}", command.program, captured.exit.describe(), last_line(captured.errors)));
  return std::move(captured.output);
}

std::string last_line(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
  const auto begin = text.rfind('\n');
  return std::string(begin == std::string_view::npos ? text : text.substr(begin + 1));
}

}  // namespace busflow::process
