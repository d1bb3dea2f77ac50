#include "child_process.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <fmt/format.h>

namespace busflow::testkit {
namespace {

const passwd* database_user() {
  if (geteuid() != 0) return nullptr;
  const passwd* user = getpwnam("postgres");
  if (user == nullptr) throw std::runtime_error("there is no user 'postgres'; install PostgreSQL (tools/install.sh)");
  return user;
}

[[noreturn]] void become(const std::vector<std::string>& command, const std::filesystem::path& log,
                         const passwd* user) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  if (user != nullptr && (setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0))
    std::_Exit(126);
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // changing the user cleared it
  if (chdir("/") != 0) std::_Exit(126);
  std::vector<char*> arguments;
  for (const auto& part : command) arguments.push_back(const_cast<char*>(part.c_str()));
  arguments.push_back(nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execv(arguments[0], arguments.data());
  std::_Exit(127);
}

}  // namespace

pid_t start_as_database_user(const std::vector<std::string>& command, const std::filesystem::path& log) {
  const passwd* user = database_user();
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error(fmt::format("fork: {}", std::strerror(errno)));
  if (child == 0) become(command, log, user);
  return child;
}

void run_as_database_user(const std::vector<std::string>& command, const std::filesystem::path& log) {
  const pid_t child = start_as_database_user(command, log);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  std::ifstream stream(log);
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  throw std::runtime_error(fmt::format("{} failed: {}", command.front(), text));
}

void give_to_database_user(const std::filesystem::path& folder) {
  const passwd* user = database_user();
  if (user != nullptr && chown(folder.c_str(), user->pw_uid, user->pw_gid) != 0) {
    throw std::runtime_error(fmt::format("chown {}: {}", folder.string(), std::strerror(errno)));
  }
}

}  // namespace busflow::testkit
