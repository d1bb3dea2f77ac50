#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <platform/base/embedded_file.hpp>
#include <platform/base/result.hpp>
#include <platform/postgres/connection_options.hpp>

namespace busflow::postgres {

/// The migrations of one context: files "NNNN_name.sql", numbered from 0001 without gaps. A context's files touch its
/// schema only.
struct MigrationSet {
  std::string context;
  std::span<const EmbeddedFile> files;
};

struct AppliedMigration {
  std::string context;
  int number;
  std::string file;
  std::chrono::milliseconds duration;
};

using MigrationProgress = std::function<void(const AppliedMigration&)>;

/// Applies what is missing, in the order of the sets and then of the numbers, each file in a transaction of its own. An
/// advisory lock lets only one process migrate at a time; the others wait and then find nothing to do. Creates the
/// database roles first. What was applied stands with its SHA-256 in busflow_migrations.applied.
///
/// Errors: kMigrationChanged when an applied file was edited or is gone, or when numbers have gaps; kMigrationFailed
/// naming file, line and PostgreSQL's message, with everything before the failing file kept.
Result<std::vector<AppliedMigration>> migrate(const ConnectionOptions& owner, std::span<const MigrationSet> sets,
                                              const MigrationProgress& progress = {});

}  // namespace busflow::postgres
