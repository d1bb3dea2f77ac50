#include <platform/blob_store/folder_store.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fmt/format.h>

namespace busflow::blob_store {
namespace {

constexpr std::size_t kPiece = 256 << 10;

class File {
 public:
  File(const std::filesystem::path& path, int flags) : descriptor_(open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~File() { close(); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool is_open() const { return descriptor_ >= 0; }
  int get() const { return descriptor_; }
  void close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }

 private:
  int descriptor_;
};

std::unexpected<Error> failed(std::string_view what, const std::filesystem::path& path) {
  return fail(ErrorName::kInternal,
              fmt::format("{} {}: {}", what, path.string(), std::generic_category().message(errno)));
}

Result<void> write_all(const File& file, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const auto written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("cannot write", path);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> fill(Context& context, const File& file, const Source& source, const std::filesystem::path& path) {
  for (;;) {
    BUSFLOW_CHECK(context.check());
    BUSFLOW_TRY(const auto piece, source());
    if (piece.empty()) break;
    BUSFLOW_CHECK(write_all(file, piece, path));
  }
  // Before its name says that it is there.
  if (fsync(file.get()) != 0) return failed("cannot sync", path);
  return {};
}

}  // namespace

Result<void> FolderStore::put(Context& context, const std::string& key, const Source& source) {
  const auto path = folder_ / key;
  const auto partial = std::filesystem::path(path.string() + ".partial");
  std::error_code problem;
  std::filesystem::create_directories(path.parent_path(), problem);
  if (problem) return fail(ErrorName::kInternal, fmt::format("{}: {}", path.parent_path().string(), problem.message()));
  File file(partial, O_WRONLY | O_CREAT | O_TRUNC);
  if (!file.is_open()) return failed("cannot make", partial);
  auto filled = fill(context, file, source, partial);
  file.close();
  if (filled && rename(partial.c_str(), path.c_str()) != 0) filled = failed("cannot name", path);
  if (!filled) {
    std::filesystem::remove(partial, problem);
    return filled;
  }
  const File folder(path.parent_path(), O_RDONLY | O_DIRECTORY);
  if (!folder.is_open() || fsync(folder.get()) != 0) return failed("cannot sync", path.parent_path());
  return {};
}

Result<void> FolderStore::get(Context& context, const std::string& key, std::uint64_t first, std::uint64_t length,
                              const Sink& sink) {
  const auto path = folder_ / key;
  const File file(path, O_RDONLY);
  if (!file.is_open()) return fail(ErrorName::kNotFound, fmt::format("{} is missing", key));
  std::string piece(static_cast<std::size_t>(std::min<std::uint64_t>(length, kPiece)), '\0');
  while (length > 0) {
    BUSFLOW_CHECK(context.check());
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(length, piece.size()));
    const auto got = pread(file.get(), piece.data(), wanted, static_cast<off_t>(first));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return failed("cannot read", path);
    first += static_cast<std::uint64_t>(got);
    length -= static_cast<std::uint64_t>(got);
    BUSFLOW_CHECK(sink({piece.data(), static_cast<std::size_t>(got)}));
  }
  return {};
}

Result<void> FolderStore::remove(Context& /*context*/, const std::string& key) {
  std::error_code problem;
  std::filesystem::remove(folder_ / key, problem);
  if (problem) return fail(ErrorName::kInternal, fmt::format("cannot remove {}: {}", key, problem.message()));
  return {};
}

}  // namespace busflow::blob_store
