#include <fmt/format.h>

#include <platform/backup/producer.hpp>
#include <platform/command_line/duration.hpp>

#include "creating.hpp"
#include "environment.hpp"
#include "verbs.hpp"

namespace busflow::ctl {
namespace {

using command_line::Invocation;
using command_line::OptionInfo;

constexpr OptionInfo kOptions[] = {
    kSourceOption,
    {.name = "class",
     .value_name = "CLASS",
     .default_value = "regular",
     .help = "what it is kept for",
     .choices = "regular|pre-cutover"},
    {.name = "cadence",
     .value_name = "CADENCE",
     .default_value = "daily",
     .help = "how often dumps are made: says how old the newest may be",
     .choices = "hourly|daily|weekly"},
    {.name = "format",
     .value_name = "FORMAT",
     .default_value = "custom",
     .help = "of the dump",
     .choices = "custom|plain"},
    {.name = "compress", .value_name = "METHOD", .help = "as pg_dump's --compress; default: pg_dump's own"},
    kPostgresBinOption,
    kLockLifetimeOption,
    kIdleTimeoutOption,
};
constexpr command_line::Example kExamples[] = {
    {"busflowctl backup create", "dump the database to BUSFLOW_BACKUP_SOURCE"},
    {"busflowctl backup create --dry-run", "see what it would do"},
    {"busflowctl backup create --source hetzner-s3 --cadence weekly", "the weekly dump that leaves the provider"},
    {"busflowctl backup create --class pre-cutover", "one that is kept for 30 days, before a cutover"},
};
constexpr std::string_view kDescription =
    "Dumps the database with pg_dump, inside one snapshot, and streams it into the object store; nothing is staged on "
    "disk. The dump lies under\n"
    "partial/ until it is complete; its manifest, with SHA-256, length, versions, roles without passwords and the rows "
    "of every table in that\n"
    "snapshot, is written last and commits it. Whatever fails or is killed before leaves nothing that looks like a "
    "backup.";

Result<int> run(Invocation& call) {
  BUSFLOW_TRY(const auto settings, load_settings(call.settings_file()));
  BUSFLOW_TRY(const auto source, choose_source(settings, call.text("source")));
  auto made = create_backup(call, settings, source,
                            {.class_ = call.text("class"),
                             .cadence = call.text("cadence"),
                             .format = call.text("format"),
                             .compression = call.text("compress"),
                             .postgres_bin = call.text("postgres-bin"),
                             .lock_lifetime = call.duration("lock-lifetime"),
                             .idle_timeout = call.duration("idle-timeout")});
  return made ? 0 : report(call, made.error());
}

}  // namespace

backup::Outcome<void> create_backup(Invocation& call, const config::Settings& settings, const std::string& source,
                                    const CreateOptions& options) {
  constexpr std::string_view kNameFormat = "pg_dump_%Y%m%d_%H%M.dump";
  if (const auto& format = settings.text("backup.name_format"); format != kNameFormat)
    return backup::found(backup::Problem::kWrongName,
                         fmt::format("backup.name_format is '{}'; only '{}' is accepted", format, kNameFormat));
  BUSFLOW_TRY(const auto store, open_store(settings, source, options.idle_timeout));
  backup::Producer producer(call.context(), store,
                            {.database = backup_database(settings),
                             .postgres_bin = options.postgres_bin,
                             .class_ = options.class_,
                             .cadence = options.cadence,
                             .format = options.format,
                             .compression = options.compression});
  BackupLock lock(call, store, options.lock_lifetime);
  auto& console = call.console();
  Steps steps;
  steps.add(lock.describe(), [&]() -> backup::Outcome<void> {
    BUSFLOW_CHECK(lock.take("busflowctl backup create"));
    BUSFLOW_TRY(const auto removed, backup::remove_partial(store, call.context()));
    if (removed > 0)
      console.note(
          fmt::format("  removed {} dumps that a killed run had left under {}", removed, backup::kPartialFolder));
    return {};
  });
  steps.add("read the database's facts and open a snapshot", [&] { return producer.open_snapshot(); });
  steps.add(fmt::format("dump and count rows: {} | rclone rcat {}{}", producer.describe_dump(), backup::kPartialFolder,
                        "NAME"),
            [&] { return producer.dump([&](std::uint64_t bytes) { console.progress(bytes, 0); }); });
  steps.add(fmt::format("commit: compare lengths, move to {}/, write the manifest", options.class_),
            [&] { return producer.commit(); });
  lock.add_release(steps);
  BUSFLOW_CHECK(steps.run(call));
  if (call.dry_run()) return {};
  const auto& manifest = producer.manifest();
  std::int64_t rows = 0;
  for (const auto& table : manifest.tables) rows += table.rows;
  console.say(fmt::format("{}: {} of {} tables with {} rows, {} large objects, PostgreSQL {}", manifest.name,
                          command_line::show_bytes(manifest.bytes), manifest.tables.size(), rows,
                          manifest.large_objects, manifest.server_version));
  console.result({{"name", manifest.name},
                  {"class", manifest.class_},
                  {"source", source},
                  {"bytes", manifest.bytes},
                  {"sha256", manifest.sha256},
                  {"tables", manifest.tables.size()},
                  {"rows", rows},
                  {"server_version", manifest.server_version}});
  return {};
}

command_line::Verb backup_create_verb() {
  static const command_line::VerbInfo info{.noun = "backup",
                                           .verb = "create",
                                           .summary = "dump the database into the object store",
                                           .description = kDescription,
                                           .arguments = {},
                                           .options = kOptions,
                                           .examples = kExamples,
                                           .exit_codes = backup_exit_codes(),
                                           .changes = true};
  return {&info, run};
}

}  // namespace busflow::ctl
