#include <platform/backup/restore_errors.hpp>

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace busflow::backup {
namespace {

constexpr std::array<std::string_view, 2> kMarks = {"pg_restore: error: ", "psql:"};
constexpr std::size_t kMostKept = 1000;
constexpr std::size_t kShown = 3;

/// pg_restore's own words for input that ends or changes (pg_backup_custom.c, compress_io.c).
constexpr std::array<std::string_view, 7> kDamage = {
    "could not read from input file", "unexpected end of file", "could not uncompress data",
    "could not decompress data",      "corrupt tar header",     "unrecognized data block type",
    "did not find magic string"};

/// The server's words for a disk that is full (md.c): the second when a part of the block still fitted.
constexpr std::array<std::string_view, 2> kNoSpace = {"No space left on device", "could not extend file"};

/// "psql:<stdin>:12: ERROR:  …" -> "ERROR:  …"; lines of other levels are nothing.
std::string_view message_in(std::string_view line) {
  if (line.starts_with(kMarks[0])) return line.substr(kMarks[0].size());
  if (!line.starts_with(kMarks[1])) return {};
  for (const std::string_view level : {"ERROR:  ", "FATAL:  ", "error: "}) {
    if (const auto at = line.find(level); at != std::string_view::npos) return line.substr(at);
  }
  return {};
}

}  // namespace

void RestoreErrors::take_line(std::string_view line) {
  const std::string message(message_in(line));
  if (message.empty()) return;
  const bool passed = std::ranges::any_of(
      tolerated_, [&](const ToleratedError& error) { return std::regex_search(message, error.expression); });
  const std::lock_guard lock(mutex_);
  auto& list = passed ? passed_ : fatal_;
  if (list.size() < kMostKept) list.push_back(message);
}

std::vector<std::string> RestoreErrors::fatal() const {
  const std::lock_guard lock(mutex_);
  return fatal_;
}

std::vector<std::string> RestoreErrors::tolerated() const {
  const std::lock_guard lock(mutex_);
  return passed_;
}

Failure RestoreErrors::failure() const {
  const auto errors = fatal();
  Problem problem = Problem::kRestoreErrors;
  std::string detail = fmt::format("{} error{}", errors.size(), errors.size() == 1 ? "" : "s");
  std::size_t shown = 0;
  for (const auto& error : errors) {
    if (std::ranges::any_of(kDamage, [&](std::string_view words) { return error.contains(words); }))
      problem = Problem::kDamagedDump;
    if (std::ranges::any_of(kNoSpace, [&](std::string_view words) { return error.contains(words); }))
      problem = Problem::kDiskFull;
    if (shown++ < kShown) detail += fmt::format("; {}", error);
  }
  return {problem, detail};
}

}  // namespace busflow::backup
