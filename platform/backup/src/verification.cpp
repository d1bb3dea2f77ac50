#include <platform/backup/verification.hpp>

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include <platform/backup/archive_header.hpp>
#include <platform/backup/dump_name.hpp>
#include <platform/backup/probes.hpp>
#include <platform/postgres/identifier.hpp>
#include <platform/process/output.hpp>

namespace busflow::backup {
namespace {

constexpr std::string_view kDatabase = "verify";
constexpr auto kClockSlack = std::chrono::minutes(10);
constexpr std::size_t kLeastForMedian = 3;
constexpr std::uint64_t kDiskMargin = 100 << 20;  // An empty cluster, its write-ahead log, the table of contents.

/// Sizes of the dumps that this one is compared with: those of the seven days before it, or, where a cadence is slower,
/// the last three.
std::vector<std::uint64_t> sizes_before(const Catalogue& catalogue, const StoredDump& dump) {
  std::vector<std::uint64_t> sizes;
  const auto all = catalogue.committed(dump.class_);
  for (auto other = all.rbegin(); other != all.rend(); ++other) {
    if (other->time >= dump.time) continue;
    if (dump.time - other->time > std::chrono::days(7) && sizes.size() >= kLeastForMedian) break;
    sizes.push_back(other->bytes);
  }
  return sizes;
}

/// Reports the failure, if there is one, and passes it on.
Outcome<void> noted(Report& report, std::string name, Outcome<void> outcome) {
  if (!outcome) report.fail(std::move(name), outcome.error());
  return outcome;
}

}  // namespace

std::uint64_t median(std::vector<std::uint64_t> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

Verification::Verification(const Context& context, VerificationOptions options, Report& report)
    : context_(context), options_(std::move(options)), report_(report) {}

Verification::~Verification() = default;

Outcome<void> Verification::read_settings() {
  const auto read = [&]() -> Outcome<void> {
    BUSFLOW_TRY(soft_references_, read_soft_references(options_.soft_reference_file));
    BUSFLOW_TRY(tolerated_, read_tolerated_errors(options_.tolerated_error_file));
    BUSFLOW_TRY(probes_, read_probe_settings(options_.probe_file));
    return {};
  };
  BUSFLOW_CHECK(noted(report_, "settings", read()));
  probe_allowances(soft_references_, tolerated_, context_.clock.now(), report_);
  return {};
}

Outcome<void> Verification::choose(const object_store::ObjectStore& store) {
  store_ = std::make_unique<object_store::ObjectStore>(store);
  report_.source = store.remote().name;
  auto catalogue = read_catalogue(store, context_);
  if (!catalogue) return std::unexpected(catalogue.error());  // The caller may know another source.
  const auto pick = [&]() -> Outcome<void> {
    BUSFLOW_CHECK(judge_rejected(*catalogue));
    const auto dumps = catalogue->committed(kRegular);
    if (options_.name) {
      const auto named = catalogue->find(*options_.name);
      if (!named)
        return found(Problem::kNoDump, fmt::format("{} has no committed {}", store.describe(), *options_.name));
      dump_ = *named;
    } else if (!dumps.empty()) {
      dump_ = dumps.back();
    } else if (!catalogue->dumps.empty()) {
      return found(Problem::kUncommitted,
                   fmt::format("{}, the newest is {}", store.describe(), catalogue->dumps.back().key()));
    } else {
      return found(Problem::kNoDump, fmt::format("{} has none", store.describe()));
    }
    report_.dump = dump_.name;
    if (dump_.bytes == 0) return found(Problem::kEmptyDump, dump_.key());
    BUSFLOW_TRY(manifest_, fetch_manifest(store, context_, dump_));
    report_.pass("dump",
                 fmt::format("{}, {} bytes, PostgreSQL {}", dump_.key(), dump_.bytes, manifest_.server_version));
    BUSFLOW_CHECK(judge_age());
    return judge_size(*catalogue);
  };
  BUSFLOW_CHECK(noted(report_, "dump", pick()));
  return noted(report_, "header", judge_header());
}

Outcome<void> Verification::judge_rejected(const Catalogue& catalogue) {
  if (catalogue.rejected.empty()) return {};
  const auto newest = std::ranges::max(catalogue.rejected, {}, &RejectedObject::modified);
  const auto dumps = catalogue.committed(kRegular);
  const std::string detail =
      fmt::format("{} of {} objects; the newest: {}: {}", catalogue.rejected.size(),
                  catalogue.rejected.size() + catalogue.dumps.size(), newest.key, newest.why.detail);
  // One that came after the last good dump may be today's dump under another name.
  if (dumps.empty() || newest.modified > dumps.back().time) return found(newest.why.problem, detail);
  report_.warn("names", newest.why.problem, detail);
  return {};
}

Outcome<void> Verification::judge_age() {
  const auto now = context_.clock.now();
  if (dump_.time > now + kClockSlack)
    return found(Problem::kFromTheFuture, fmt::format("{}, but it is {}", dump_.name, to_rfc3339(now)));
  const auto cadence = find_cadence(manifest_.cadence);
  if (!cadence) return found(Problem::kBadManifest, fmt::format("'{}' is no cadence", manifest_.cadence));
  const auto age = std::chrono::floor<std::chrono::hours>(now - dump_.time);
  const std::string detail =
      fmt::format("{} is {} h old; made {}, it may be {} h old", dump_.name, age.count(), manifest_.cadence,
                  std::chrono::floor<std::chrono::hours>(cadence->longest_age).count());
  if (!options_.name && now - dump_.time > cadence->longest_age) return found(Problem::kStale, detail);
  report_.pass("age", detail);
  return {};
}

Outcome<void> Verification::judge_size(const Catalogue& catalogue) {
  if (dump_.bytes != manifest_.bytes)
    return found(Problem::kLengthDiffers,
                 fmt::format("{} has {} bytes, its manifest says {}", dump_.name, dump_.bytes, manifest_.bytes));
  if (dump_.bytes > options_.ceiling)
    return found(Problem::kOverCeiling,
                 fmt::format("{} has {} bytes, the ceiling is {}: promote this to a self-hosted runner", dump_.name,
                             dump_.bytes, options_.ceiling));
  const auto sizes = sizes_before(catalogue, dump_);
  if (sizes.size() < kLeastForMedian) {
    report_.pass("size", fmt::format("{} bytes; too few dumps before it to compare with", dump_.bytes));
  } else {
    const auto usual = median(sizes);
    const double ratio = static_cast<double>(dump_.bytes) / static_cast<double>(std::max<std::uint64_t>(usual, 1));
    const std::string detail = fmt::format("{} bytes are {:.2f} of the usual {}", dump_.bytes, ratio, usual);
    if (ratio < options_.min_ratio) return found(Problem::kTooSmall, detail);
    if (ratio > options_.max_ratio) return found(Problem::kTooLarge, detail);
    report_.pass("size", detail);
  }
  BUSFLOW_TRY(const auto room, free_bytes(options_.work_folder));
  const auto needed = manifest_.database_bytes + manifest_.database_bytes / 4 + kDiskMargin;
  if (room < needed)
    return found(Problem::kDiskFull, fmt::format("{} has {} bytes free, the restored database needs {}",
                                                 options_.work_folder.string(), room, needed));
  return {};
}

/// A few bytes of the object, before a server is started for it.
Outcome<void> Verification::judge_header() {
  BUSFLOW_TRY(const auto stream, DumpStream::open(*store_, context_, dump_.key()));
  std::string first;
  while (first.size() < kHeaderBytes) {
    BUSFLOW_TRY(const auto bytes, stream->read());
    if (bytes.empty()) {
      BUSFLOW_CHECK(stream->finish());
      break;
    }
    first += bytes.substr(0, kHeaderBytes - first.size());
  }
  BUSFLOW_TRY(const auto header, read_header(first));
  if (header.format == ArchiveHeader::Format::kCustom &&
      (header.version_major != 1 || header.version_minor > newest_readable_minor(manifest_.server_major)))
    return found(Problem::kNewerFormat,
                 fmt::format("{} is of {}; pg_restore {} reads up to 1.{}", dump_.name, header.describe(),
                             manifest_.server_major, newest_readable_minor(manifest_.server_major)));
  if (header.format == ArchiveHeader::Format::kPlain)
    report_.warn("header", Problem::kNotADump,
                 "plain text: restored through psql; the custom format is checked better");
  else
    report_.pass("header", header.describe());
  if ((header.format == ArchiveHeader::Format::kPlain) != (manifest_.format == "plain"))
    return found(Problem::kBadManifest,
                 fmt::format("{} is {}, its manifest says {}", dump_.name, header.describe(), manifest_.format));
  return {};
}

Outcome<void> Verification::start_server() {
  const auto start = [&]() -> Outcome<void> {
    BUSFLOW_TRY(tools_, find_postgres_tools(context_, manifest_.server_major, options_.postgres_bin));
    BUSFLOW_TRY(server_, ScratchServer::start(context_, tools_, options_.work_folder));
    BUSFLOW_TRY(const auto first, server_->connect("postgres"));
    BUSFLOW_CHECK(first->run(fmt::format("CREATE DATABASE {} TEMPLATE template0 ENCODING {}", kDatabase,
                                         postgres::quote_literal(manifest_.encoding))));
    BUSFLOW_TRY(connection_, server_->connect(std::string(kDatabase)));
    return {};
  };
  BUSFLOW_CHECK(noted(report_, "server", start()));
  report_.pass("server", fmt::format("PostgreSQL {}", tools_.version));
  return {};
}

Outcome<void> Verification::restore_before_data(OnProgress progress) {
  const auto restore = [&]() -> Outcome<void> {
    BUSFLOW_CHECK(create_roles(*connection_, manifest_, false));
    BUSFLOW_TRY(const auto missing, create_extensions(*connection_, manifest_));
    for (const auto& extension : missing) report_.warn("extensions", Problem::kRestoreErrors, extension);
    target_ = server_->options(std::string(kDatabase));
    errors_ = std::make_unique<RestoreErrors>(tolerated_);
    BUSFLOW_TRY(stream_, DumpStream::open(*store_, context_, dump_.key()));
    restore_ = std::make_unique<SectionRestore>(context_, tools_, target_, *stream_, *errors_, server_->folder(),
                                                options_.jobs, std::move(progress));
    if (manifest_.format == "plain") return {};
    BUSFLOW_CHECK(restore_->before_data());
    if (const auto tables = large_tables(manifest_); !tables.empty()) return restore_->build_early(tables);
    return {};
  };
  auto restored = restore();
  // The rest of the stream tells whether the dump or the restore is to blame.
  if (!restored || !errors_->fatal().empty()) {
    if (stream_ && !stream_->drain()) return noted(report_, "restore", std::move(restored));
    return judge_checksum(restored);
  }
  return {};
}

Outcome<void> Verification::restore_data() {
  return judge_checksum(manifest_.format == "plain" ? restore_->plain_text() : restore_->data());
}

Outcome<void> Verification::judge_checksum(const Outcome<void>& restored) {
  const bool whole = stream_ && stream_->bytes() == dump_.bytes;
  if (whole) {
    const std::string sha256 = stream_->sha256();
    if (sha256 != manifest_.sha256)
      return noted(report_, "checksum",
                   found(Problem::kChecksumDiffers,
                         fmt::format("{} is {}, its manifest says {}", dump_.name, sha256, manifest_.sha256)));
    report_.pass("checksum", sha256);
  }
  if (!restored) {
    // What pg_restore said of a damaged dump explains more than its exit code.
    const bool explained = restored.error().problem == Problem::kRestoreErrors && !errors_->fatal().empty();
    return noted(report_, "restore", std::unexpected(explain(explained ? errors_->failure() : restored.error())));
  }
  if (!whole)
    return noted(
        report_, "restore",
        found(Problem::kSourceBroke, fmt::format("{} of {} bytes came", stream_ ? stream_->bytes() : 0, dump_.bytes)));
  return judge_errors();
}

/// A server whose disk is full breaks the connection; only its log tells why.
Failure Verification::explain(const Failure& failure) const {
  constexpr std::string_view kWords = "No space left on device";
  if (failure.problem == Problem::kDiskFull || !server_ || !server_->log_end().contains(kWords)) return failure;
  return {Problem::kDiskFull, fmt::format("{}: {} ({})", options_.work_folder.string(), kWords, failure.detail)};
}

Outcome<void> Verification::judge_errors() {
  if (!errors_->fatal().empty()) return noted(report_, "restore", std::unexpected(explain(errors_->failure())));
  return {};
}

Outcome<void> Verification::restore_after_data() {
  if (manifest_.format != "plain") {
    if (auto restored = restore_->after_data(); !restored && errors_->fatal().empty())
      return noted(report_, "restore", std::move(restored));
  }
  BUSFLOW_CHECK(judge_errors());
  const auto tolerated = errors_->tolerated();
  if (tolerated.empty())
    report_.pass("restore", "no errors");
  else
    report_.warn("restore", Problem::kRestoreErrors,
                 fmt::format("{} tolerated, such as: {}", tolerated.size(), tolerated.front()));
  return {};
}

Outcome<void> Verification::probe() {
  // pg_amcheck reads every page while the other probes mostly wait for one processor.
  Report structure;
  Outcome<void> checked;
  std::jthread checker;
  if (options_.check_indexes)
    checker = std::jthread([&] { checked = probe_structure(context_, tools_, target_, options_.jobs, structure); });
  auto probed = run_probes();
  if (checker.joinable()) checker.join();
  for (const Check& check : structure.checks()) report_.add(check);
  if (probed) probed = std::move(checked);
  if (probed && options_.check_indexes && structure.failure() == nullptr)
    probed = probe_expressions(*connection_, report_);
  if (!probed) probed = std::unexpected(explain(probed.error()));
  return noted(report_, "probes", std::move(probed));
}

Outcome<void> Verification::run_probes() {
  BUSFLOW_CHECK(probe_schemas(*connection_, probes_, report_));
  BUSFLOW_CHECK(probe_rows(*connection_, manifest_, report_));
  BUSFLOW_CHECK(probe_sequences(*connection_, manifest_, report_));
  BUSFLOW_CHECK(probe_constraints(*connection_, report_));
  BUSFLOW_CHECK(probe_soft_references(*connection_, soft_references_, context_.clock.now(), report_));
  return probe_application(*connection_, probes_, report_);
}

Outcome<void> Verification::remember() {
  auto written = write_verified(
      *store_, context_,
      {.name = dump_.name, .class_ = dump_.class_, .sha256 = manifest_.sha256, .verified = context_.clock.now()});
  // A key that may only read is a good choice for a verifier: the dump is proven all the same.
  if (!written)
    report_.warn("pointer", written.error().problem,
                 fmt::format("verified-latest.json was not written: {}", written.error().detail));
  return {};
}

}  // namespace busflow::backup
