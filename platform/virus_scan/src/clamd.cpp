#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <platform/process/descriptor.hpp>
#include <platform/virus_scan/scanner.hpp>

namespace busflow::virus_scan {
namespace {

constexpr timeval kPatience{.tv_sec = 30, .tv_usec = 0};  // For each step: the daemon scans at the end.
constexpr std::size_t kLongestAnswer = 1000;
constexpr std::string_view kBegin("zINSTREAM\0", 10);

std::unexpected<Error> away(std::string_view step) {
  return fail(ErrorName::kUpstreamUnavailable,
              fmt::format("the virus scanner {}: {}", step, std::generic_category().message(errno)));
}

process::Descriptor open_socket(int family) {
  process::Descriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket) {
    // On Linux SO_SNDTIMEO bounds connect() as well.
    setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
    setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  }
  return socket;
}

Result<process::Descriptor> connect_local(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(static_cast<char*>(address.sun_path), path.data(), path.size());
  auto socket = open_socket(AF_UNIX);
  if (!socket || connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return away("cannot be reached");
  return socket;
}

Result<process::Descriptor> connect_by_name(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0)
    return fail(ErrorName::kUpstreamUnavailable, fmt::format("the virus scanner's host {} is not known", host));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(found, freeaddrinfo);
  for (const auto* one = found; one != nullptr; one = one->ai_next) {
    auto socket = open_socket(one->ai_family);
    if (socket && connect(socket.get(), one->ai_addr, one->ai_addrlen) == 0) return socket;
  }
  return away("cannot be reached");
}

class ClamdScan final : public Scan {
 public:
  explicit ClamdScan(process::Descriptor socket) : socket_(std::move(socket)) {}

  Result<void> start() { return send(kBegin); }

  Result<void> add(std::string_view bytes) override {
    if (bytes.empty()) return {};
    BUSFLOW_CHECK(send(length(bytes.size())));
    return send(bytes);
  }

  Result<std::string> finish() override {
    BUSFLOW_CHECK(send(length(0)));
    std::string answer;
    std::array<char, 256> buffer{};
    while (!answer.contains('\0') && answer.size() < kLongestAnswer) {
      const auto got = recv(socket_.get(), buffer.data(), buffer.size(), 0);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return away("does not answer");
      if (got == 0) break;
      answer.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return read(std::string_view(answer).substr(0, answer.find('\0')));
  }

 private:
  /// "stream: OK", "stream: Eicar-Test-Signature FOUND", "INSTREAM size limit exceeded. ERROR"
  static Result<std::string> read(std::string_view answer) {
    constexpr std::string_view kStream = "stream: ";
    constexpr std::string_view kFound = " FOUND";
    if (answer == "stream: OK") return std::string();
    const bool has_name = answer.size() > kStream.size() + kFound.size();
    if (has_name && answer.starts_with(kStream) && answer.ends_with(kFound)) {
      answer.remove_prefix(kStream.size());
      answer.remove_suffix(kFound.size());
      return std::string(answer);
    }
    return fail(ErrorName::kUpstreamInvalid, fmt::format("the virus scanner answered: {}", answer));
  }

  static std::string length(std::size_t size) {
    std::string bytes;
    for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes += static_cast<char>(size >> shift);
    return bytes;
  }

  Result<void> send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent <= 0) return away("takes no more");
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return {};
  }

  process::Descriptor socket_;
};

class Clamd final : public Scanner {
 public:
  Clamd(std::string path, std::string host, std::string port)
      : path_(std::move(path)), host_(std::move(host)), port_(std::move(port)) {}

  Result<std::unique_ptr<Scan>> begin(Context& context) const override {
    BUSFLOW_CHECK(context.check());
    BUSFLOW_TRY(auto socket, path_.empty() ? connect_by_name(host_, port_) : connect_local(path_));
    auto scan = std::make_unique<ClamdScan>(std::move(socket));
    BUSFLOW_CHECK(scan->start());
    return scan;
  }

 private:
  std::string path_;
  std::string host_;
  std::string port_;
};

class NoScan final : public Scan {
 public:
  Result<void> add(std::string_view /*bytes*/) override { return {}; }
  Result<std::string> finish() override { return std::string(); }
};

class NoScanner final : public Scanner {
 public:
  Result<std::unique_ptr<Scan>> begin(Context& /*context*/) const override { return std::make_unique<NoScan>(); }
};

}  // namespace

Result<std::unique_ptr<Scanner>> clamd(const std::string& address) {
  constexpr std::string_view kLocal = "unix:";
  constexpr std::string_view kTcp = "tcp:";
  const auto rest = address.substr(std::min(address.size(), address.find(':') + 1));
  if (address.starts_with(kLocal) && !rest.empty() && rest.size() < sizeof(sockaddr_un::sun_path))
    return std::make_unique<Clamd>(rest, "", "");
  const auto colon = rest.rfind(':');
  if (address.starts_with(kTcp) && colon != std::string::npos && colon > 0 && colon + 1 < rest.size())
    return std::make_unique<Clamd>("", rest.substr(0, colon), rest.substr(colon + 1));
  return fail(ErrorName::kInvalidSetting,
              fmt::format("files.virus_scanner is \"{}\": expected unix:/path/of/socket or tcp:host:port", address));
}

std::unique_ptr<Scanner> no_scanner() { return std::make_unique<NoScanner>(); }

}  // namespace busflow::virus_scan
