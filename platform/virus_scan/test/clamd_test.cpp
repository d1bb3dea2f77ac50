#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include <platform/base/clock.hpp>
#include <platform/base/context.hpp>
#include <platform/process/descriptor.hpp>
#include <platform/virus_scan/scanner.hpp>

namespace busflow::virus_scan {
namespace {

/// Says what it is told to, and keeps what came. A real clamd is asked by tests/nhost.
class ScannerThatSays {
 public:
  explicit ScannerThatSays(std::string answer)
      : path_(std::filesystem::temp_directory_path() / ("busflow-clamd-" + std::to_string(getpid()))),
        listening_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    std::filesystem::remove(path_);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.string().copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
    EXPECT_EQ(bind(listening_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listening_.get(), 1), 0);
    thread_ = std::thread([this, answer = std::move(answer)] { serve(answer); });
  }
  ~ScannerThatSays() {
    shutdown(listening_.get(), SHUT_RDWR);
    thread_.join();
    std::filesystem::remove(path_);
  }
  ScannerThatSays(const ScannerThatSays&) = delete;
  ScannerThatSays& operator=(const ScannerThatSays&) = delete;

  Result<std::string> scan(std::initializer_list<std::string_view> pieces) {
    const SystemClock clock;
    RandomIdentifierSource identifiers;
    Context context{.clock = clock, .identifiers = identifiers};
    const auto scanner = clamd("unix:" + path_.string()).value();
    BUSFLOW_TRY(const auto scan, scanner->begin(context));
    for (const auto piece : pieces) BUSFLOW_CHECK(scan->add(piece));
    return scan->finish();
  }
  const std::string& received() const { return received_; }

 private:
  std::string take(const process::Descriptor& client, std::size_t count) {
    std::string bytes(count, '\0');
    const auto got = recv(client.get(), bytes.data(), count, MSG_WAITALL);
    bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    received_ += bytes;
    return bytes;
  }
  void serve(const std::string& answer) {
    const process::Descriptor client(accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client) return;
    take(client, 10);  // The command.
    for (;;) {
      const auto length = take(client, 4);
      if (length.size() < 4 || length == std::string(4, '\0')) break;
      take(client, static_cast<unsigned char>(length[3]));  // The tests send no more than that says.
    }
    EXPECT_EQ(write(client.get(), answer.data(), answer.size()), static_cast<ssize_t>(answer.size()));
  }

  std::filesystem::path path_;
  process::Descriptor listening_;
  std::string received_;
  std::thread thread_;
};

TEST(ClamdTest, SpeaksInstreamAndReadsTheVerdict) {
  std::string received;
  {
    ScannerThatSays scanner(std::string("stream: OK\0", 11));
    EXPECT_EQ(scanner.scan({"hello", "", "you"}).value(), "");
    received = scanner.received();
  }
  EXPECT_EQ(received, std::string("zINSTREAM\0\0\0\0\5hello\0\0\0\3you\0\0\0\0", 30));
  ScannerThatSays scanner(std::string("stream: Some.Virus-1 FOUND\0", 27));
  EXPECT_EQ(scanner.scan({"bad"}).value(), "Some.Virus-1");
}

TEST(ClamdTest, WhatIsNoVerdictIsAnError) {
  for (const std::string answer : {"INSTREAM size limit exceeded. ERROR", "stream: FOUND", ""}) {
    ScannerThatSays scanner(answer);
    const auto verdict = scanner.scan({"x"});
    ASSERT_FALSE(verdict) << answer;
    EXPECT_EQ(verdict.error().name, ErrorName::kUpstreamInvalid);
  }
}

TEST(ClamdTest, AScannerThatIsAwayIsSaid) {
  const SystemClock clock;
  RandomIdentifierSource identifiers;
  Context context{.clock = clock, .identifiers = identifiers};
  for (const auto* address : {"unix:/nonexistent/clamd", "tcp:127.0.0.1:1"}) {
    const auto scan = clamd(address).value()->begin(context);
    ASSERT_FALSE(scan);
    EXPECT_EQ(scan.error().name, ErrorName::kUpstreamUnavailable);
  }
  for (const auto* address : {"/run/clamd", "tcp:host", "unix:", "tcp::1", "tcp:h:"})
    EXPECT_EQ(clamd(address).error().name, ErrorName::kInvalidSetting) << address;
}

}  // namespace
}  // namespace busflow::virus_scan
