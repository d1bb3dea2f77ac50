#include <platform/redis_testkit/test_redis.hpp>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

namespace busflow::testkit {
namespace {

constexpr auto kStartLimit = std::chrono::seconds(30);

[[noreturn]] void become_server(const std::filesystem::path& directory, const std::string& socket) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int output = open((directory / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", socket.c_str(), "--dir", directory.c_str(),
         "--appendonly", "yes", "--appendfsync", "always", "--save", "", nullptr);
  std::_Exit(127);
}

}  // namespace

TestRedis::TestRedis() {
  // As runtime::Signals does in the program: a server that is gone is an error, not the end.
  std::signal(SIGPIPE, SIG_IGN);
  std::string pattern = (std::filesystem::temp_directory_path() / "busflow-redis-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder for Redis");
  directory_ = pattern;
  start();
}

TestRedis::~TestRedis() {
  kill();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

redis::Options TestRedis::options() const { return {.socket = (directory_ / "socket").string()}; }

void TestRedis::kill() {
  if (server_ == 0) return;
  ::kill(server_, SIGKILL);
  waitpid(server_, nullptr, 0);
  server_ = 0;
}

void TestRedis::pause() { ::kill(server_, SIGSTOP); }

void TestRedis::resume() { ::kill(server_, SIGCONT); }

void TestRedis::start() {
  server_ = fork();
  if (server_ < 0) throw std::runtime_error("fork failed");
  if (server_ == 0) become_server(directory_, options().socket);
  redis::Client client(options());
  const auto until = std::chrono::steady_clock::now() + kStartLimit;
  while (!client.command({"PING"})) {
    if (waitpid(server_, nullptr, WNOHANG) == server_ || std::chrono::steady_clock::now() > until) {
      server_ = 0;
      throw std::runtime_error(fmt::format(
          "redis-server did not start; install it with tools/install.sh, or see {}/log", directory_.string()));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace busflow::testkit
