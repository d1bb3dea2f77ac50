#pragma once

#include <string_view>
#include <utility>

#include <platform/base/result.hpp>

namespace busflow::process {

/// Owns a file descriptor. Every descriptor made here is closed on exec, so that no child inherits one by accident.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      close();
      value_ = std::exchange(other.value_, -1);
    }
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return value_; }
  explicit operator bool() const { return value_ >= 0; }
  void close();

 private:
  int value_ = -1;
};

struct Pipe {
  Descriptor read_end;
  Descriptor write_end;
};

/// As large as the system allows an unprivileged process (1 MiB), which halves the switches between its two ends.
Result<Pipe> make_pipe();

/// A file that has no name and lives in memory, with this content: how a secret reaches a child without touching a
/// disk, a command line or an environment. It is gone with its last owner, however that ends. Mode 0600, as libpq asks
/// of a password file.
Result<Descriptor> make_secret_file(std::string_view content);

}  // namespace busflow::process
