#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include <platform/base/result.hpp>

namespace busflow::backup {

/// Everything that can be wrong with a backup, its making or its store, in the order of problem_table().
enum class Problem : std::uint8_t {
  kNoDump,
  kUncommitted,
  kWrongName,
  kImpossibleDate,
  kStale,
  kFromTheFuture,
  kEmptyDump,
  kOverCeiling,
  kTooSmall,
  kTooLarge,
  kLengthDiffers,
  kChecksumDiffers,
  kNotADump,
  kNewerFormat,
  kBadManifest,
  kRestoreErrors,
  kDamagedDump,
  kMissingSchema,
  kEmptySchema,
  kRowsDiffer,
  kUnvalidatedConstraint,
  kOrphans,
  kExpiredAllowance,
  kBadAllowList,
  kDamagedIndex,
  kSequenceBehind,
  kApplicationQuery,
  kSourceUnreachable,
  kSourceRefused,
  kSourceUntrusted,
  kSourceNotEncrypted,
  kNoBucket,
  kSourceTooSlow,
  kSourceBroke,
  kDegraded,
  kNoServer,
  kServerFailed,
  kDiskFull,
  kDumpFailed,
  kUploadFailed,
  kAlreadyThere,
  kTargetNotEmpty,
  kLocked,
  kInterrupted,
  kOther,
};

struct ProblemInfo {
  Problem problem;
  std::string_view id;  ///< kebab-case, stable: in JSON, JUnit and alerts.
  int exit_code;        ///< Of busflowctl; no two are the same.
  std::string_view text;
  std::string_view hint;
};

std::span<const ProblemInfo> problem_table();
const ProblemInfo& problem_info(Problem problem);

struct Failure {
  Problem problem = Problem::kOther;
  std::string detail;  ///< This case: what was wrong and where. Never a secret.

  Failure(Problem what, std::string which) : problem(what), detail(std::move(which)) {}
  /// What the store, a database or a child process reported.
  Failure(const Error& error);  // NOLINT(google-explicit-constructor): so that BUSFLOW_TRY passes errors on.

  const ProblemInfo& info() const { return problem_info(problem); }
};

template <class T>
using Outcome = std::expected<T, Failure>;

inline std::unexpected<Failure> found(Problem problem, std::string detail) {
  return std::unexpected(Failure(problem, std::move(detail)));
}

}  // namespace busflow::backup
