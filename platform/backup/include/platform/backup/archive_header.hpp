#pragma once

#include <string>
#include <string_view>

#include <platform/backup/problem.hpp>

namespace busflow::backup {

/// What the first bytes of a dump tell.
struct ArchiveHeader {
  enum class Format : std::uint8_t { kCustom, kPlain };
  Format format = Format::kCustom;
  int version_major = 0;  ///< Of the archive format, 1.14 for PostgreSQL 15. Custom format only.
  int version_minor = 0;

  std::string describe() const;
};

inline constexpr std::size_t kHeaderBytes = 512;

/// Custom format: "PGDMP" and three version bytes (PostgreSQL's src/bin/pg_dump/pg_backup_archiver.c, ReadHead). Plain
/// text: "--", "-- PostgreSQL database dump". kNotADump says what the bytes look like instead.
Outcome<ArchiveHeader> read_header(std::string_view first_bytes);

/// The newest archive format that pg_restore of this major version reads (its K_VERS_MAX).
int newest_readable_minor(int postgres_major);

}  // namespace busflow::backup
