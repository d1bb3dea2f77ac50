#include <platform/process/descriptor.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <system_error>

namespace busflow::process {
namespace {

constexpr int kPipeBytes = 1 << 20;

std::unexpected<Error> system_failure(std::string_view what) {
  return fail(ErrorName::kInternal, std::string(what) + ": " + std::generic_category().message(errno));
}

}  // namespace

void Descriptor::close() {
  if (value_ >= 0) ::close(std::exchange(value_, -1));
}

Result<Pipe> make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return system_failure("a pipe cannot be made");
  Pipe pipe{Descriptor(ends[0]), Descriptor(ends[1])};
  fcntl(pipe.write_end.get(), F_SETPIPE_SZ, kPipeBytes);  // Refused beyond the user's quota: then it stays small.
  return pipe;
}

Result<Descriptor> make_secret_file(std::string_view content) {
  Descriptor file(memfd_create("secret", MFD_CLOEXEC));
  if (!file || fchmod(file.get(), S_IRUSR | S_IWUSR) != 0) return system_failure("a file in memory cannot be made");
  while (!content.empty()) {
    const ssize_t written = write(file.get(), content.data(), content.size());
    if (written <= 0) return system_failure("a file in memory cannot be written");
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return file;
}

}  // namespace busflow::process
