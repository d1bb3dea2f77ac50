#include <platform/backup/archive_header.hpp>

#include <fmt/format.h>

namespace busflow::backup {
namespace {

constexpr std::string_view kMagic = "PGDMP";
constexpr std::size_t kVersionAt = kMagic.size();

std::string looks_like(std::string_view bytes) {
  const auto first = bytes.find_first_not_of(" \t\r\n");
  if (bytes.empty()) return "it is empty";
  if (first != std::string_view::npos &&
      (bytes.substr(first).starts_with("<!") || bytes.substr(first).starts_with("<html") ||
       bytes.substr(first).starts_with("<?xml")))
    return "it begins like a page of HTML or XML, such as a server's error message";
  std::string shown;
  for (const char letter : bytes.substr(0, 16)) shown += letter >= ' ' && letter <= '~' ? letter : '.';
  return fmt::format("it begins with '{}'", shown);
}

}  // namespace

std::string ArchiveHeader::describe() const {
  return format == Format::kPlain ? "plain text" : fmt::format("custom format {}.{}", version_major, version_minor);
}

Outcome<ArchiveHeader> read_header(std::string_view first_bytes) {
  if (first_bytes.starts_with(kMagic) && first_bytes.size() >= kVersionAt + 2)
    return ArchiveHeader{.format = ArchiveHeader::Format::kCustom,
                         .version_major = static_cast<unsigned char>(first_bytes[kVersionAt]),
                         .version_minor = static_cast<unsigned char>(first_bytes[kVersionAt + 1])};
  if (first_bytes.starts_with("--\n-- PostgreSQL database dump\n"))
    return ArchiveHeader{.format = ArchiveHeader::Format::kPlain};
  if (first_bytes.starts_with("--\n-- PostgreSQL database cluster dump"))
    return found(Problem::kNotADump, "it is a dump of a whole cluster (pg_dumpall), not of one database");
  return found(Problem::kNotADump, looks_like(first_bytes));
}

int newest_readable_minor(int postgres_major) {
  if (postgres_major >= 17) return 16;
  if (postgres_major == 16) return 15;
  return 14;
}

}  // namespace busflow::backup
