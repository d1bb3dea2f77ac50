#include <platform/process/child.hpp>

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>

namespace busflow::process {
namespace {

/// Everything the child needs between fork and exec, made beforehand: there it may not allocate.
struct Preparation {
  std::vector<char*> arguments;
  std::vector<std::string> environment_texts;
  std::vector<char*> environment;
  uid_t user = 0;
  gid_t group = 0;
  bool change_user = false;
  pid_t parent = getpid();
};

Result<Preparation> prepare(const Command& command) {
  Preparation prepared;
  prepared.arguments.push_back(const_cast<char*>(command.program.c_str()));
  for (const auto& argument : command.arguments) prepared.arguments.push_back(const_cast<char*>(argument.c_str()));
  prepared.arguments.push_back(nullptr);
  for (const auto& [name, value] : command.environment) prepared.environment_texts.push_back(name + "=" + value);
  for (char** inherited = environ; *inherited != nullptr; ++inherited) {
    const std::string_view text = *inherited;
    const auto same = [&](const auto& added) { return text.starts_with(added.first + "="); };
    if (std::ranges::none_of(command.environment, same)) prepared.environment.push_back(*inherited);
  }
  for (auto& text : prepared.environment_texts) prepared.environment.push_back(text.data());
  prepared.environment.push_back(nullptr);
  if (!command.user.empty() && geteuid() == 0) {
    const passwd* account = getpwnam(command.user.c_str());
    if (account == nullptr) return fail(ErrorName::kInvalidSetting, fmt::format("there is no user '{}'", command.user));
    prepared.user = account->pw_uid;
    prepared.group = account->pw_gid;
    prepared.change_user = true;
  }
  return prepared;
}

void use_stream(const Descriptor* stream, int number) {
  const int source = stream != nullptr ? stream->get() : open("/dev/null", O_RDWR | O_CLOEXEC);
  if (source == number) {
    fcntl(source, F_SETFD, 0);
  } else {
    dup2(source, number);
  }
}

/// In the child. Only what signal handlers may call.
[[noreturn]] void become(const Command& command, const Preparation& prepared, const Streams& streams, int report) {
  use_stream(streams.input, STDIN_FILENO);
  use_stream(streams.output, STDOUT_FILENO);
  use_stream(streams.errors, STDERR_FILENO);
  for (const int descriptor : command.inherited) fcntl(descriptor, F_SETFD, 0);
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  std::signal(SIGPIPE, SIG_DFL);
  bool ready = true;
  if (prepared.change_user)
    ready = setgroups(0, nullptr) == 0 && setgid(prepared.group) == 0 && setuid(prepared.user) == 0;
  if (ready) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // After setuid, which clears it.
    if (getppid() != prepared.parent) _exit(127);
  }
  if (ready) execvpe(prepared.arguments[0], prepared.arguments.data(), prepared.environment.data());
  const int reason = errno;
  [[maybe_unused]] const ssize_t written = write(report, &reason, sizeof reason);
  _exit(127);
}

Exit from_status(int status) {
  if (WIFSIGNALED(status)) return {.code = 0, .signal = WTERMSIG(status)};
  return {.code = WEXITSTATUS(status), .signal = 0};
}

constexpr auto kLookInterval = std::chrono::milliseconds(100);

}  // namespace

Result<Child> Child::start(const Command& command, const Streams& streams) {
  auto prepared = prepare(command);
  if (!prepared) return std::unexpected(prepared.error());
  auto report = make_pipe();
  if (!report) return std::unexpected(report.error());
  const pid_t pid = fork();
  if (pid == 0) become(command, *prepared, streams, report->write_end.get());
  if (pid < 0)
    return fail(ErrorName::kInternal,
                fmt::format("{} cannot be started: {}", command.program, std::generic_category().message(errno)));
  Child child(pid);
  report->write_end.close();
  int reason = 0;
  if (read(report->read_end.get(), &reason, sizeof reason) == sizeof reason) {
    waitpid(pid, nullptr, 0);
    child.pid_ = -1;
    if (reason == ENOENT)
      return fail(ErrorName::kNotFound, fmt::format("the program '{}' is not installed", command.program));
    return fail(ErrorName::kInternal,
                fmt::format("{} cannot be started: {}", command.program, std::generic_category().message(reason)));
  }
  return child;
}

Child::~Child() {
  if (pid_ < 0 || exit_) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void Child::signal(int number) const {
  if (pid_ > 0 && !exit_) kill(pid_, number);
}

std::optional<Exit> Child::poll() {
  int status = 0;
  if (!exit_ && waitpid(pid_, &status, WNOHANG) == pid_) exit_ = from_status(status);
  return exit_;
}

Result<Exit> Child::wait(const Context& context) {
  const Descriptor handle(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
  while (!poll()) {
    if (auto may = context.check(); !may) {
      kill(pid_, SIGKILL);
      int status = 0;
      if (waitpid(pid_, &status, 0) == pid_) exit_ = from_status(status);
      return std::unexpected(may.error());
    }
    pollfd ended{.fd = handle.get(), .events = POLLIN, .revents = 0};
    ::poll(&ended, 1, static_cast<int>(kLookInterval.count()));
  }
  return exit_.value_or(Exit{});
}

}  // namespace busflow::process
