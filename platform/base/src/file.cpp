#include <platform/base/file.hpp>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

namespace busflow {

Result<std::string> read_file(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    const auto name = errno == ENOENT ? ErrorName::kNotFound : ErrorName::kInternal;
    return fail(name, fmt::format("cannot read {}: {}", path.string(), std::strerror(errno)));
  }
  std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (stream.bad()) return fail(ErrorName::kInternal, fmt::format("reading {} failed", path.string()));
  return text;
}

Result<std::string> read_secret_file(const std::filesystem::path& path) {
  auto text = read_file(path);
  if (!text) return text;
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
  if (text->empty()) return fail(ErrorName::kInvalidSetting, fmt::format("the secret file {} is empty", path.string()));
  return text;
}

}  // namespace busflow
