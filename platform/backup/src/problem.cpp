#include <platform/backup/problem.hpp>

#include <array>
#include <utility>

namespace busflow::backup {
namespace {

constexpr std::array kTable = {
    ProblemInfo{Problem::kNoDump, "no-dump", 10, "There is no dump.",
                "See whether the producer ran: docker service logs, then 'busflowctl backup create'."},
    ProblemInfo{Problem::kUncommitted, "uncommitted", 11, "Dumps are there, but none has a manifest.",
                "A producer was interrupted, or still runs. Run 'busflowctl backup create'."},
    ProblemInfo{Problem::kWrongName, "wrong-name", 12, "An object is not named pg_dump_YYYYMMDD_HHMM.dump.",
                "Whatever wrote it bypasses docker/backup/producer.env. Find it, then delete or rename the object."},
    ProblemInfo{Problem::kImpossibleDate, "impossible-date", 13, "An object's name holds a date that does not exist.",
                "Find what wrote it, then delete or rename the object."},
    ProblemInfo{Problem::kStale, "stale", 14, "The newest dump is older than its cadence allows.",
                "See why the producer did not run since."},
    ProblemInfo{Problem::kFromTheFuture, "from-the-future", 15, "The newest dump is named for a time to come.",
                "Correct the clock of the machine that made it."},
    ProblemInfo{Problem::kEmptyDump, "empty-dump", 16, "The dump has no bytes.",
                "Run 'busflowctl backup create' and read its output."},
    ProblemInfo{Problem::kOverCeiling, "over-ceiling", 17, "The dump is larger than this runner is meant for.",
                "Move the verification to a self-hosted runner, then raise --ceiling."},
    ProblemInfo{Problem::kTooSmall, "too-small", 18, "The dump is far smaller than those before it.",
                "See whether data is missing from the database. If it is right so, pass --min-ratio."},
    ProblemInfo{Problem::kTooLarge, "too-large", 19, "The dump is far larger than those before it.",
                "See what grew in the database. If it is right so, pass --max-ratio."},
    ProblemInfo{
        Problem::kLengthDiffers, "length-differs", 20, "The object's length is not what its manifest says.",
        "It was cut or overwritten after it was made. Take another dump; find out who may write to the bucket."},
    ProblemInfo{Problem::kChecksumDiffers, "checksum-differs", 21, "The dump's SHA-256 is not what its manifest says.",
                "Bytes changed in the store or on the way. Verify again; if it stays, take another dump."},
    ProblemInfo{Problem::kNotADump, "not-a-dump", 22, "The object is no dump of PostgreSQL.",
                "Look at its first bytes; find out what wrote it."},
    ProblemInfo{Problem::kNewerFormat, "newer-format", 23, "The dump is of a newer format than the tools here read.",
                "Install the PostgreSQL tools of the version in the manifest."},
    ProblemInfo{Problem::kBadManifest, "bad-manifest", 24, "The dump's manifest cannot be used.", "Take another dump."},
    ProblemInfo{Problem::kRestoreErrors, "restore-errors", 25, "The restore reported errors that are not tolerated.",
                "Read them in the report. If one is harmless, add it to config/backup-verify/tolerated-errors.yaml "
                "with a reason."},
    ProblemInfo{Problem::kDamagedDump, "damaged-dump", 26, "The dump cannot be read to its end.",
                "It is cut or damaged. Take another dump."},
    ProblemInfo{Problem::kMissingSchema, "missing-schema", 27, "A schema that must be there is missing.",
                "See whether the source still has it."},
    ProblemInfo{Problem::kEmptySchema, "empty-schema", 28, "A schema that must have tables has none.",
                "See whether the source still has them."},
    ProblemInfo{Problem::kRowsDiffer, "rows-differ", 29, "Tables have other row counts than in the source.",
                "The dump lacks data. Take another one."},
    ProblemInfo{Problem::kUnvalidatedConstraint, "unvalidated-constraint", 30,
                "A constraint was never validated, so rows may break it.",
                "In the source: ALTER TABLE … VALIDATE CONSTRAINT …, after mending the rows."},
    ProblemInfo{Problem::kOrphans, "orphans", 31, "Rows refer to rows that are not there.",
                "Mend the data, or allow them in config/backup-verify/soft-fk-allowlist.yaml."},
    ProblemInfo{Problem::kExpiredAllowance, "expired-allowance", 32, "An entry of an allow-list has expired.",
                "Its owner mends the cause and removes the entry, or renews it."},
    ProblemInfo{Problem::kBadAllowList, "bad-allow-list", 33, "An allow-list cannot be used.",
                "Correct the file; the detail names the line."},
    ProblemInfo{Problem::kDamagedIndex, "damaged-index", 34, "pg_amcheck found damage in the restored database.",
                "Run pg_amcheck on the source: the damage may be there."},
    ProblemInfo{Problem::kSequenceBehind, "sequence-behind", 35, "A sequence is behind the values of its column.",
                "In the source: SELECT setval(…), or the next insert fails."},
    ProblemInfo{Problem::kApplicationQuery, "application-query", 36,
                "The application's query does not give what it should.",
                "The data is there but not usable: compare with the source."},
    ProblemInfo{Problem::kSourceUnreachable, "source-unreachable", 40, "The object store cannot be reached.",
                "Check its endpoint and status page; the dumps may be fine."},
    ProblemInfo{Problem::kSourceRefused, "source-refused", 41, "The object store refuses our key.",
                "Check the access key and its rights; rotate it."},
    ProblemInfo{Problem::kSourceUntrusted, "source-untrusted", 42, "The object store's certificate is not trusted.",
                "Set the CA file if it is private; otherwise somebody may be in between."},
    ProblemInfo{Problem::kSourceNotEncrypted, "source-not-encrypted", 43, "The endpoint does not begin with https://.",
                "Correct the endpoint."},
    ProblemInfo{Problem::kNoBucket, "no-bucket", 44, "The bucket is not there.",
                "Check its name; create it with terraform."},
    ProblemInfo{Problem::kSourceTooSlow, "source-too-slow", 45, "The work was not done by its deadline.",
                "See how fast the store is; raise --deadline if the dump has grown."},
    ProblemInfo{Problem::kSourceBroke, "source-broke", 46, "The download broke off, also when tried again.",
                "Verify again; see the store's status."},
    ProblemInfo{Problem::kDegraded, "degraded", 47,
                "Verified, but from the fall-back: the chosen store could not be reached.",
                "The off-site dump is not proven today. See the store's status, then verify again."},
    ProblemInfo{Problem::kNoServer, "no-server", 50, "PostgreSQL of the dump's version is not installed here.",
                "Install it, or name its programs with --postgres-bin."},
    ProblemInfo{Problem::kServerFailed, "server-failed", 51, "A PostgreSQL server failed or cannot be reached.",
                "Read its words in the detail."},
    ProblemInfo{Problem::kDiskFull, "disk-full", 52, "There is not enough room on the disk.",
                "Name a larger disk with --work-directory."},
    ProblemInfo{Problem::kDumpFailed, "dump-failed", 53, "pg_dump failed; nothing was committed.",
                "Read its words in the detail."},
    ProblemInfo{Problem::kUploadFailed, "upload-failed", 54, "The upload failed; nothing was committed.",
                "Check the store, then run it again."},
    ProblemInfo{Problem::kAlreadyThere, "already-there", 55, "A dump of this minute is there already.",
                "Wait a minute, then run it again."},
    ProblemInfo{Problem::kTargetNotEmpty, "target-not-empty", 56, "The target database is there and holds tables.",
                "Name another database, or pass --replace to put the dump in its place."},
    ProblemInfo{
        Problem::kLocked, "locked", 57, "Somebody else is at work on the same thing.",
        "Wait, or see 'busflowctl lock list'; 'busflowctl lock break NAME' removes a lock whose owner is gone."},
    ProblemInfo{Problem::kInterrupted, "interrupted", 58, "It was interrupted.",
                "Run it again: nothing is left half done."},
    ProblemInfo{Problem::kOther, "other", 59, "Something else went wrong.", "Read the detail."},
};

Problem from_error(ErrorName name) {
  switch (name) {
    case ErrorName::kUpstreamUnavailable: return Problem::kSourceUnreachable;
    case ErrorName::kInvalidCredentials:
    case ErrorName::kPermissionDenied: return Problem::kSourceRefused;
    case ErrorName::kUpstreamUntrusted: return Problem::kSourceUntrusted;
    case ErrorName::kAddressNotAllowed: return Problem::kSourceNotEncrypted;
    case ErrorName::kNotFound: return Problem::kNoBucket;
    case ErrorName::kDeadlineExceeded: return Problem::kSourceTooSlow;
    case ErrorName::kCancelled: return Problem::kInterrupted;
    case ErrorName::kStateConflict: return Problem::kLocked;
    case ErrorName::kDatabaseUnavailable: return Problem::kServerFailed;
    default: return Problem::kOther;
  }
}

}  // namespace

std::span<const ProblemInfo> problem_table() { return kTable; }

const ProblemInfo& problem_info(Problem problem) { return kTable.at(std::to_underlying(problem)); }

Failure::Failure(const Error& error) : problem(from_error(error.name)), detail(error.message()) {}

}  // namespace busflow::backup
