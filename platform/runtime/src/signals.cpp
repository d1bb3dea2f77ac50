#include <platform/runtime/signals.hpp>

namespace busflow::runtime {

Signals::Signals() {
  sigemptyset(&set_);
  sigaddset(&set_, SIGINT);
  sigaddset(&set_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  // A client that hangs up must not end the process.
  std::signal(SIGPIPE, SIG_IGN);
}

int Signals::wait() {
  int signal = 0;
  sigwait(&set_, &signal);
  pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
  return signal;
}

void Signals::linger(std::chrono::milliseconds time) {
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  const timespec limit{.tv_sec = seconds.count(), .tv_nsec = (time - seconds).count() * 1'000'000};
  sigtimedwait(&set_, nullptr, &limit);
  pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
}

}  // namespace busflow::runtime
