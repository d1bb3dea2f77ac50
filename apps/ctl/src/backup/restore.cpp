#include <fmt/format.h>

#include <platform/backup/restoration.hpp>
#include <platform/base/file.hpp>
#include <platform/command_line/duration.hpp>

#include "environment.hpp"
#include "verbs.hpp"

namespace busflow::ctl {
namespace {

using command_line::Invocation;
using command_line::OptionInfo;
using command_line::OptionKind;

constexpr command_line::ArgumentInfo kArguments[] = {
    {.name = "NAME", .help = "the dump: its name, latest, or latest-verified (the default)"}};
constexpr OptionInfo kOptions[] = {
    {.name = "target",
     .value_name = "URI",
     .help = "postgresql://USER@HOST:PORT/DATABASE, without a password; the role makes databases and roles"},
    {.name = "target-password-file", .value_name = "FILE", .help = "file with that role's password"},
    {.name = "replace",
     .kind = OptionKind::kFlag,
     .help = "take the place of a database that is there; it is kept as DATABASE_before_TIME"},
    kSourceOption,
    {.name = "jobs",
     .kind = OptionKind::kInteger,
     .value_name = "NUMBER",
     .default_value = "2",
     .help = "indexes built at the same time"},
    {.name = "work-directory",
     .value_name = "FOLDER",
     .default_value = "/var/tmp",
     .help = "for the table of contents while it runs"},
    kPostgresBinOption,
    kIdleTimeoutOption,
};
constexpr command_line::Example kExamples[] = {
    {"busflowctl backup restore --target postgresql://postgres@10.0.1.5/busflow_restored",
     "the last verified dump into a new database"},
    {"busflowctl backup restore pg_dump_20260501_0200.dump --target postgresql://postgres@10.0.1.5/busflow --replace "
     "--dry-run",
     "what putting that dump in the place of the live database would do"},
};
constexpr std::string_view kDescription =
    "Restores a dump into a database of the server named by --target, with the roles of its source (without "
    "passwords), its extensions and fresh\n"
    "statistics, and compares checksum and rows of every table with the manifest. All of it happens in "
    "DATABASE_restoring, which takes its name as\n"
    "the last step: a run that fails or is killed has changed nothing, and is simply run again.";

void show(Invocation& call, const backup::Restoration& restoration) {
  const auto& summary = restoration.summary();
  const auto& manifest = restoration.manifest();
  auto& console = call.console();
  console.say(fmt::format("{}: {} rows in {} tables, {} indexes, {} large objects, schemas {}", manifest.name,
                          summary.rows, summary.tables, summary.indexes, summary.large_objects,
                          fmt::join(summary.schemas, ", ")));
  if (!summary.kept_database.empty())
    console.say(fmt::format("what was there before is {}; drop it when you are sure", summary.kept_database));
  for (const auto& extension : summary.missing_extensions) console.warn("extension not there: " + extension);
  for (const auto& error : summary.tolerated_errors) console.warn("tolerated: " + error);
  console.result({{"name", manifest.name},
                  {"rows", summary.rows},
                  {"tables", summary.tables},
                  {"indexes", summary.indexes},
                  {"large_objects", summary.large_objects},
                  {"kept_database", summary.kept_database},
                  {"missing_extensions", summary.missing_extensions.size()},
                  {"tolerated_errors", summary.tolerated_errors.size()}});
}

Result<int> run(Invocation& call) {
  BUSFLOW_TRY(const auto settings, load_settings(call.settings_file()));
  BUSFLOW_TRY(const auto source, choose_source(settings, call.text("source")));
  if (call.text("target").empty())
    return fail(ErrorName::kBadRequest, "--target is missing: postgresql://USER@HOST:PORT/DATABASE");
  BUSFLOW_TRY(auto target, postgres::parse_connection_string(call.text("target")));
  if (!target.password.empty())
    return fail(ErrorName::kBadRequest,
                "--target holds a password, which every user of this machine can read: use --target-password-file");
  if (target.database.empty()) return fail(ErrorName::kBadRequest, "--target names no database");
  if (const auto& file = call.text("target-password-file"); !file.empty()) {
    BUSFLOW_TRY(target.password, read_secret_file(file));
  }
  const auto store = open_store(settings, source, call.duration("idle-timeout"));
  if (!store) return report(call, store.error());
  const std::string name = call.argument("NAME").empty() ? "latest-verified" : call.argument("NAME");
  backup::Restoration restoration(
      call.context(), *store,
      {.target = target,
       .postgres_bin = call.text("postgres-bin"),
       .work_folder = call.text("work-directory"),
       .tolerated_error_file = settings.text("backup.verify_folder") + "/tolerated-errors.yaml",
       .name = name,
       .replace = call.flag("replace"),
       .jobs = static_cast<int>(call.integer("jobs"))});
  const auto progress = [&](std::uint64_t bytes) { call.console().progress(bytes, restoration.dump_bytes()); };
  Steps steps;
  steps.add(fmt::format("choose {} in {}", name, store->describe()), [&] { return restoration.choose(); });
  steps.add(fmt::format("connect to {}, refuse a database that is not empty{}, create {}_restoring", target.describe(),
                        call.flag("replace") ? " (not asked: --replace)" : "", target.database),
            [&] { return restoration.prepare(); });
  steps.add(
      "create roles and extensions, then restore what comes before the data: rclone cat | pg_restore "
      "--section=pre-data",
      [&] { return restoration.restore_before_data(progress); });
  steps.add("restore the data and compare the checksum: rclone cat (continued) | pg_restore --section=data",
            [&] { return restoration.restore_data(); });
  steps.add(
      fmt::format("restore what comes after the data: pg_restore --section=post-data --jobs={}", call.text("jobs")),
      [&] { return restoration.restore_after_data(); });
  steps.add("ANALYZE, and compare the rows of every table with the manifest", [&] { return restoration.analyze(); });
  steps.add(fmt::format("rename {}_restoring to {}{}", target.database, target.database,
                        call.flag("replace") ? ", what is there to " + target.database + "_before_TIME" : ""),
            [&] { return restoration.rename(); });
  if (const auto done = steps.run(call); !done) return report(call, done.error());
  if (!call.dry_run()) show(call, restoration);
  return 0;
}

}  // namespace

command_line::Verb backup_restore_verb() {
  static const command_line::VerbInfo info{.noun = "backup",
                                           .verb = "restore",
                                           .summary = "restore a dump into a database",
                                           .description = kDescription,
                                           .arguments = kArguments,
                                           .options = kOptions,
                                           .examples = kExamples,
                                           .exit_codes = backup_exit_codes(),
                                           .changes = true};
  return {&info, run};
}

}  // namespace busflow::ctl
