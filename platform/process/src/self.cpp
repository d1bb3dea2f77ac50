#include <platform/process/self.hpp>

#include <pwd.h>
#include <unistd.h>

#include <array>

#include <fmt/format.h>

namespace busflow::process {

std::string host_name() {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  return host.data();
}

std::string account_at_host() {
  const passwd* account = getpwuid(geteuid());
  return fmt::format("{}@{}", account != nullptr ? std::string(account->pw_name) : std::to_string(geteuid()),
                     host_name());
}

}  // namespace busflow::process
