#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <platform/backup/allow_list.hpp>
#include <platform/backup/catalogue.hpp>
#include <platform/backup/dump_stream.hpp>
#include <platform/backup/postgres_tools.hpp>
#include <platform/backup/report.hpp>
#include <platform/backup/restore_errors.hpp>
#include <platform/backup/scratch_server.hpp>
#include <platform/backup/section_restore.hpp>

namespace busflow::backup {

struct VerificationOptions {
  std::filesystem::path work_folder;
  std::filesystem::path postgres_bin{};  ///< Empty: where Debian installs it.
  std::string soft_reference_file;
  std::string tolerated_error_file;
  std::string probe_file;
  std::optional<std::string> name{};  ///< Absent: the newest.
  std::uint64_t ceiling = 10'000'000'000;
  double min_ratio = 0.6;  ///< Of the median of the last seven days.
  double max_ratio = 2.5;
  int jobs = 2;
  bool check_indexes = true;
};

/// One verification of one dump: the steps of `busflowctl backup verify`, to be called in this order until one fails.
/// Whatever they find goes to the report as well. Use by one thread.
class Verification {
 public:
  Verification(const Context& context, VerificationOptions options, Report& report);
  ~Verification();

  Outcome<void> read_settings();
  /// Lists the store and picks the dump; its name, age, length and size are judged before a byte is downloaded.
  Outcome<void> choose(const object_store::ObjectStore& store);
  Outcome<void> start_server();
  Outcome<void> restore_before_data(OnProgress progress);
  Outcome<void> restore_data();
  Outcome<void> restore_after_data();
  Outcome<void> probe();
  /// Only after a report without failure.
  Outcome<void> remember();

  const Manifest& manifest() const { return manifest_; }
  std::uint64_t dump_bytes() const { return dump_.bytes; }

 private:
  Outcome<void> judge_rejected(const Catalogue& catalogue);
  Outcome<void> judge_age();
  Outcome<void> judge_size(const Catalogue& catalogue);
  Outcome<void> judge_header();
  Outcome<void> judge_checksum(const Outcome<void>& restored);
  Outcome<void> judge_errors();
  Outcome<void> run_probes();
  Failure explain(const Failure& failure) const;

  const Context& context_;
  VerificationOptions options_;
  Report& report_;
  std::vector<SoftReference> soft_references_;
  std::vector<ToleratedError> tolerated_;
  ProbeSettings probes_;
  std::unique_ptr<object_store::ObjectStore> store_;
  StoredDump dump_;
  Manifest manifest_;
  PostgresTools tools_;
  std::unique_ptr<ScratchServer> server_;
  std::unique_ptr<postgres::Connection> connection_;
  std::unique_ptr<RestoreErrors> errors_;
  std::unique_ptr<DumpStream> stream_;
  postgres::ConnectionOptions target_;
  std::unique_ptr<SectionRestore> restore_;
};

/// The middle one; of an even number the lower of the two.
std::uint64_t median(std::vector<std::uint64_t> values);

}  // namespace busflow::backup
