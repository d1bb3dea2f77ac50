#include <platform/blob_store/folder_store.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include <platform/process/descriptor.hpp>
#include <platform/process/output.hpp>

namespace busflow::blob_store {
namespace {

constexpr std::size_t kPiece = 256 << 10;

process::Descriptor open_file(const std::filesystem::path& path, int flags) {
  return process::Descriptor(open(path.c_str(), flags | O_CLOEXEC, 0600));
}

std::unexpected<Error> failed(std::string_view what, const std::filesystem::path& path) {
  return fail(ErrorName::kInternal,
              fmt::format("{} {}: {}", what, path.string(), std::generic_category().message(errno)));
}

Result<void> fill(Context& context, const process::Descriptor& file, const Source& source,
                  const std::filesystem::path& path) {
  for (;;) {
    BUSFLOW_CHECK(context.check());
    BUSFLOW_TRY(const auto piece, source());
    if (piece.empty()) break;
    if (const auto written = process::write_all(file, piece); !written)
      return fail(written.error().name, fmt::format("{}: {}", path.string(), written.error().detail));
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
  auto file = open_file(partial, O_WRONLY | O_CREAT | O_TRUNC);
  if (!file) return failed("cannot make", partial);
  auto filled = fill(context, file, source, partial);
  file.close();
  if (filled && rename(partial.c_str(), path.c_str()) != 0) filled = failed("cannot name", path);
  if (!filled) {
    std::filesystem::remove(partial, problem);
    return filled;
  }
  const auto folder = open_file(path.parent_path(), O_RDONLY | O_DIRECTORY);
  if (!folder || fsync(folder.get()) != 0) return failed("cannot sync", path.parent_path());
  return {};
}

Result<void> FolderStore::get(Context& context, const std::string& key, std::uint64_t first, std::uint64_t length,
                              const Sink& sink) {
  const auto path = folder_ / key;
  const auto file = open_file(path, O_RDONLY);
  if (!file) return fail(ErrorName::kNotFound, fmt::format("{} is missing", key));
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
