#include <fstream>

#include <fmt/format.h>

#include <platform/backup/verification.hpp>
#include <platform/base/pause.hpp>
#include <platform/command_line/duration.hpp>

#include "environment.hpp"
#include "verbs.hpp"

namespace busflow::ctl {
namespace {

using backup::Outcome;
using backup::Problem;
using backup::Report;
using command_line::Invocation;
using command_line::OptionInfo;
using command_line::OptionKind;

constexpr std::string_view kFallback = "minio-inswarm";
constexpr std::string_view kPattern = "backup-verify";

constexpr command_line::ArgumentInfo kArguments[] = {{.name = "NAME", .help = "the dump; default: the newest"}};
constexpr OptionInfo kOptions[] = {
    kSourceOption,
    {.name = "ceiling",
     .kind = OptionKind::kInteger,
     .value_name = "BYTES",
     .default_value = "10000000000",
     .help = "largest dump to take on here"},
    {.name = "min-percent",
     .kind = OptionKind::kInteger,
     .value_name = "PERCENT",
     .default_value = "60",
     .help = "smallest size, compared with the median of the last seven days"},
    {.name = "max-percent",
     .kind = OptionKind::kInteger,
     .value_name = "PERCENT",
     .default_value = "250",
     .help = "largest size, compared likewise"},
    {.name = "jobs",
     .kind = OptionKind::kInteger,
     .value_name = "NUMBER",
     .default_value = "2",
     .help = "indexes built at the same time"},
    {.name = "skip-index-check", .kind = OptionKind::kFlag, .help = "do not run pg_amcheck"},
    {.name = "deadline",
     .kind = OptionKind::kDuration,
     .value_name = "TIME",
     .default_value = "50m",
     .help = "for everything"},
    {.name = "unreachable-window",
     .kind = OptionKind::kDuration,
     .value_name = "TIME",
     .default_value = "10m",
     .help = "how long to wait for the store before falling back to minio-inswarm"},
    {.name = "retry-interval",
     .kind = OptionKind::kDuration,
     .value_name = "TIME",
     .default_value = "30s",
     .help = "between attempts meanwhile"},
    kIdleTimeoutOption,
    {.name = "work-directory",
     .value_name = "FOLDER",
     .default_value = "/var/tmp",
     .help = "disk for the restored database"},
    kPostgresBinOption,
    {.name = "notify",
     .kind = OptionKind::kFlag,
     .help = "tell Slack, or else a GitHub issue, of a failure; close the issue and call the heartbeat otherwise"},
    kNotifyBackoffOption,
    kNotifyTimeoutOption,
    {.name = "junit", .value_name = "FILE", .help = "write the report as JUnit XML too"},
};
constexpr command_line::Example kExamples[] = {
    {"busflowctl backup verify", "prove the newest dump of BUSFLOW_BACKUP_SOURCE"},
    {"busflowctl backup verify pg_dump_20260501_0200.dump", "prove that one, whatever its age"},
    {"busflowctl backup verify --source hetzner-s3 --junit report.xml", "as the nightly workflow does"},
};
constexpr std::string_view kDescription =
    "Proves a dump by restoring it: into a PostgreSQL server of the dump's version that is started for it and thrown "
    "away, section by section\n"
    "from one download, without a copy on disk. Before that, its name, age, length, size and header are judged; "
    "afterwards its checksum, schemas,\n"
    "rows of every table, sequences, constraints, references between contexts, indexes and one query of the "
    "application.\n\n"
    "When the store cannot be reached for longer than --unreachable-window, the dump in minio-inswarm is verified "
    "instead, and the result is\n"
    "'degraded', with an exit code of its own, because nothing off-site was proven. The report is printed as a table; "
    "with --json as JSON; to\n"
    "$GITHUB_STEP_SUMMARY as Markdown where that is set.";

class VerifyVerb {
 public:
  VerifyVerb(Invocation& call, const config::Settings& settings, std::string source)
      : call_(call),
        settings_(settings),
        source_(std::move(source)),
        context_(call.context()),
        verification_(context_, options(), report_) {
    report_.source = source_;
    report_.begun = context_.clock.now();
    begun_ = context_.clock.steady_now();
    context_.deadline = begun_ + call.duration("deadline");
  }

  Result<int> run() {
    Steps steps;
    add_steps(steps);
    const auto done = steps.run(call_);
    if (call_.dry_run()) return 0;
    // A failure before anything was judged, such as a store that cannot be reached, is a finding as well.
    if (!done && report_.failure() == nullptr) report_.fail("source", done.error());
    if (degraded_) report_.fail("source", {Problem::kDegraded, *degraded_});
    if (done) {
      if (report_.failure() == nullptr || report_.verdict() == "degraded") static_cast<void>(verification_.remember());
    }
    report_.took = std::chrono::duration_cast<std::chrono::milliseconds>(context_.clock.steady_now() - begun_);
    if (call_.flag("notify")) notify();
    show();
    return report_.exit_code();
  }

 private:
  backup::VerificationOptions options() const {
    const auto file = [&](const char* name) { return settings_.text("backup.verify_folder") + "/" + name; };
    backup::VerificationOptions options{.work_folder = call_.text("work-directory"),
                                        .postgres_bin = call_.text("postgres-bin"),
                                        .soft_reference_file = file("soft-fk-allowlist.yaml"),
                                        .tolerated_error_file = file("tolerated-errors.yaml"),
                                        .probe_file = file("probes.yaml"),
                                        .ceiling = static_cast<std::uint64_t>(call_.integer("ceiling")),
                                        .min_ratio = static_cast<double>(call_.integer("min-percent")) / 100,
                                        .max_ratio = static_cast<double>(call_.integer("max-percent")) / 100,
                                        .jobs = static_cast<int>(call_.integer("jobs")),
                                        .check_indexes = !call_.flag("skip-index-check")};
    if (!call_.argument("NAME").empty()) options.name = call_.argument("NAME");
    return options;
  }

  void add_steps(Steps& steps) {
    const auto progress = [this](std::uint64_t bytes) { call_.console().progress(bytes, verification_.dump_bytes()); };
    steps.add(fmt::format("read the allow-lists and probes in {}", settings_.text("backup.verify_folder")),
              [this] { return verification_.read_settings(); });
    steps.add(fmt::format("choose the dump in {} and judge its name, age, length, size and header", source_),
              [this] { return choose(); });
    steps.add(fmt::format("start a PostgreSQL server of the dump's version in {}", call_.text("work-directory")),
              [this] { return verification_.start_server(); });
    steps.add(
        "create roles and extensions, then restore what comes before the data: rclone cat | pg_restore "
        "--section=pre-data",
        [this, progress] { return verification_.restore_before_data(progress); });
    steps.add("restore the data and compare the checksum: rclone cat (continued) | pg_restore --section=data",
              [this] { return verification_.restore_data(); });
    steps.add(
        fmt::format("restore what comes after the data: pg_restore --section=post-data --jobs={}", call_.text("jobs")),
        [this] { return verification_.restore_after_data(); });
    steps.add(
        "probe schemas, rows, sequences, constraints, soft references, the application's query, and run pg_amcheck",
        [this] { return verification_.probe(); });
  }

  Outcome<void> choose() {
    BUSFLOW_TRY(const auto store, open_store(settings_, source_, call_.duration("idle-timeout")));
    const auto until = context_.clock.steady_now() + call_.duration("unreachable-window");
    while (true) {
      auto chosen = verification_.choose(store);
      if (chosen || chosen.error().problem != Problem::kSourceUnreachable || report_.failure() != nullptr)
        return chosen;
      if (context_.clock.steady_now() >= until) return fall_back(chosen.error());
      call_.console().warn(fmt::format("{}; trying again", chosen.error().detail));
      if (!pause(context_.cancellation, call_.duration("retry-interval")))
        return backup::found(Problem::kInterrupted, "while waiting for the store");
    }
  }

  Outcome<void> fall_back(const backup::Failure& failure) {
    if (source_ == kFallback || settings_.text("minio_inswarm.endpoint").empty()) return std::unexpected(failure);
    call_.console().warn(fmt::format("{}: falling back to {}", failure.detail, kFallback));
    degraded_ = fmt::format("{} was used in place of {}: {}", kFallback, source_, failure.detail);
    BUSFLOW_TRY(const auto store, open_store(settings_, std::string(kFallback), call_.duration("idle-timeout")));
    return verification_.choose(store);
  }

  /// Whatever comes of it has no say in the verdict.
  void notify() {
    const auto alerts = alerts_from(settings_, call_);
    Context context = call_.context();  // Without the deadline, which may be what is to be told about.
    const auto* failed = report_.failure();
    if (failed == nullptr) {
      const auto told = alerts.success(context, std::string(kPattern));
      if (!told.detail.empty()) report_.warn("notification", Problem::kOther, told.detail);
      return;
    }
    const auto& info = backup::problem_info(failed->cause());
    const auto told = alerts.failure(
        context,
        {.pattern = std::string(kPattern),
         .title = fmt::format("Backup verification {}: {}", report_.verdict(), info.id),
         .text = fmt::format("{} {}\n{}\nDump {} from {}. Runbook: docs/operations/backup-verify-runbook.md", info.text,
                             failed->detail, info.hint, report_.dump.empty() ? "none" : report_.dump, report_.source)});
    if (told.delivery == alerting::Delivery::kSlack)
      report_.pass("notification", "Slack was told");
    else
      report_.warn("notification", Problem::kOther, told.detail);
  }

  void show() {
    auto& console = call_.console();
    std::vector<std::vector<std::string>> rows;
    for (const auto& check : report_.checks()) {
      const std::string problem = check.problem ? fmt::format("{}: ", backup::problem_info(*check.problem).id) : "";
      rows.push_back({check.name, backup::status_name(check.status), problem + check.detail});
    }
    console.table({"CHECK", "STATUS", "DETAIL"}, rows);
    console.say(fmt::format("\n{}: {} from {}, {}", report_.verdict(), report_.dump.empty() ? "no dump" : report_.dump,
                            report_.source, command_line::show_duration(report_.took)));
    if (const auto* failed = report_.failure())
      console.say(fmt::format("  {}\n  -> {}", backup::problem_info(failed->cause()).text,
                              backup::problem_info(failed->cause()).hint));
    console.result(report_.json());
    write(call_.text("junit"), report_.junit(), std::ios::trunc);
    const auto environment = config::process_environment();
    if (const auto summary = environment.find("GITHUB_STEP_SUMMARY"); summary != environment.end())
      write(summary->second, report_.markdown(), std::ios::app);
  }

  void write(const std::string& file, const std::string& text, std::ios::openmode mode) {
    if (file.empty()) return;
    std::ofstream output(file, mode);
    output << text;
    output.close();
    if (!output) call_.console().warn(fmt::format("{} cannot be written", file));
  }

  Invocation& call_;
  const config::Settings& settings_;
  std::string source_;
  Context context_;
  Report report_;
  backup::Verification verification_;
  SteadyTime begun_;
  std::optional<std::string> degraded_;
};

Result<int> run(Invocation& call) {
  BUSFLOW_TRY(const auto settings, load_settings(call.settings_file()));
  BUSFLOW_TRY(const auto source, choose_source(settings, call.text("source")));
  if (call.duration("unreachable-window") >= call.duration("deadline"))
    return fail(ErrorName::kBadRequest,
                "--unreachable-window must be shorter than --deadline, or nothing is left for the fall-back");
  return VerifyVerb(call, settings, source).run();
}

}  // namespace

command_line::Verb backup_verify_verb() {
  static const command_line::VerbInfo info{.noun = "backup",
                                           .verb = "verify",
                                           .summary = "prove a dump by restoring it",
                                           .description = kDescription,
                                           .arguments = kArguments,
                                           .options = kOptions,
                                           .examples = kExamples,
                                           .exit_codes = backup_exit_codes(),
                                           .changes = true};
  return {&info, run};
}

}  // namespace busflow::ctl
