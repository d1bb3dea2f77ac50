#include <algorithm>

#include <fmt/format.h>

#include <platform/backup/catalogue.hpp>
#include <platform/backup/dump_name.hpp>
#include <platform/backup/retention.hpp>
#include <platform/command_line/duration.hpp>

#include "environment.hpp"
#include "pruning.hpp"
#include "verbs.hpp"

namespace busflow::ctl {
namespace {

using backup::Outcome;
using command_line::Invocation;
using command_line::OptionInfo;
using command_line::OptionKind;

constexpr auto kUncommittedAge = std::chrono::days(2);

constexpr OptionInfo kOptions[] = {
    kSourceOption,
    {.name = "daily",
     .kind = OptionKind::kInteger,
     .value_name = "NUMBER",
     .default_value = "14",
     .help = "days with a dump whose newest is kept"},
    {.name = "weekly",
     .kind = OptionKind::kInteger,
     .value_name = "NUMBER",
     .default_value = "4",
     .help = "finished weeks with a dump whose newest is kept"},
    {.name = "pre-cutover",
     .kind = OptionKind::kDuration,
     .value_name = "TIME",
     .default_value = "30d",
     .help = "how long dumps of that class are kept"},
    kLockLifetimeOption,
    kIdleTimeoutOption,
};
constexpr command_line::Example kExamples[] = {
    {"busflowctl backup prune --dry-run", "what would be kept, why, and what would be deleted"},
    {"busflowctl backup prune", "delete it"},
};
constexpr std::string_view kDescription =
    "Deletes the dumps that retention no longer wants: all but the newest of the last 14 days that have one, the "
    "newest of the last 4 finished weeks\n"
    "that have one, and, for a cutover, those of the last 30 days. Days and weeks without a success count for nothing, "
    "so that a fortnight of\n"
    "failures deletes nothing. The newest dump and the last verified one are always kept. Dumps without a manifest go "
    "after two days; objects whose\n"
    "name is no dump's are never touched.";

struct Decision {
  backup::StoredDump dump;
  std::string reason;  ///< Empty: to be deleted.
};

class Pruning {
 public:
  Pruning(Invocation& call, const object_store::ObjectStore& store, const PruneOptions& options)
      : call_(call), store_(store), options_(options) {}

  Outcome<void> decide() {
    BUSFLOW_TRY(const auto catalogue, backup::read_catalogue(store_, call_.context()));
    BUSFLOW_TRY(const auto verified, backup::read_verified(store_, call_.context(), catalogue));
    const backup::RetentionRules rules{
        .daily = options_.daily, .weekly = options_.weekly, .pre_cutover = options_.pre_cutover};
    const auto now = call_.context().clock.now();
    for (const auto class_name : {backup::kRegular, backup::kPreCutover}) {
      const auto dumps = catalogue.committed(class_name);
      std::vector<WallTime> times;
      for (const auto& dump : dumps) times.push_back(dump.time);
      WallTime proven{};
      if (verified && verified->class_ == class_name)
        proven = backup::parse_dump_name(verified->name).value_or(WallTime{});
      const auto decided = class_name == backup::kRegular ? backup::decide_regular(times, proven, now, rules)
                                                          : backup::decide_pre_cutover(times, proven, now, rules);
      for (std::size_t i = 0; i < dumps.size(); ++i) decisions_.push_back({dumps[i], decided[i].reason});
    }
    for (const auto& dump : catalogue.dumps) {
      if (!dump.committed) decisions_.push_back({dump, now - dump.time < kUncommittedAge ? "not committed yet" : ""});
    }
    return {};
  }

  Outcome<void> remove() {
    for (const auto& [dump, reason] : decisions_) {
      if (!reason.empty()) continue;
      call_.console().progress(fmt::format("deleting {}", dump.key()));
      // The manifest first: what is left of a run that is killed here is no backup any more, and goes with the next.
      if (dump.committed)
        BUSFLOW_CHECK(store_.remove(call_.context(), dump.key() + std::string(backup::kManifestEnding)));
      BUSFLOW_CHECK(store_.remove(call_.context(), dump.key()));
    }
    return {};
  }

  void show() {
    std::vector<std::vector<std::string>> rows;
    json::Array kept;
    json::Array deleted;
    std::uint64_t freed = 0;
    for (const auto& [dump, reason] : decisions_) {
      rows.push_back({dump.name, dump.class_, command_line::show_bytes(dump.bytes),
                      reason.empty() ? "delete" : "keep: " + reason});
      (reason.empty() ? deleted : kept)
          .push_back(json::Object{{"name", dump.name}, {"class", dump.class_}, {"reason", reason}});
      if (reason.empty()) freed += dump.bytes;
    }
    if (!rows.empty()) call_.console().table({"NAME", "CLASS", "SIZE", "DECISION"}, rows);
    call_.console().say(fmt::format("{} kept, {} {}, {}", kept.size(), deleted.size(),
                                    call_.dry_run() ? "to delete" : "deleted", command_line::show_bytes(freed)));
    call_.console().result({{"kept", std::move(kept)},
                            {"deleted", std::move(deleted)},
                            {"freed_bytes", freed},
                            {"dry_run", call_.dry_run()}});
  }

 private:
  Invocation& call_;
  const object_store::ObjectStore& store_;
  PruneOptions options_;
  std::vector<Decision> decisions_;
};

Result<int> run(Invocation& call) {
  BUSFLOW_TRY(const auto settings, load_settings(call.settings_file()));
  BUSFLOW_TRY(const auto source, choose_source(settings, call.text("source")));
  if (call.integer("daily") < 1) return fail(ErrorName::kBadRequest, "--daily must be at least 1");
  const auto done =
      prune_backups(call, settings, source,
                    {.daily = static_cast<std::size_t>(call.integer("daily")),
                     .weekly = static_cast<std::size_t>(call.integer("weekly")),
                     .pre_cutover = std::chrono::duration_cast<std::chrono::days>(call.duration("pre-cutover")),
                     .lock_lifetime = call.duration("lock-lifetime"),
                     .idle_timeout = call.duration("idle-timeout")});
  return done ? 0 : report(call, done.error());
}

}  // namespace

Outcome<void> prune_backups(Invocation& call, const config::Settings& settings, const std::string& source,
                            const PruneOptions& options) {
  BUSFLOW_TRY(const auto store, open_store(settings, source, options.idle_timeout));
  Pruning pruning(call, store, options);
  if (call.dry_run()) {
    // Deciding changes nothing, so that a dry run tells the very dumps.
    BUSFLOW_CHECK(pruning.decide());
    pruning.show();
    return {};
  }
  BackupLock lock(call, store, options.lock_lifetime);
  Steps steps;
  steps.add(lock.describe(), [&] { return lock.take("busflowctl backup prune"); });
  steps.add("list the dumps and decide", [&] { return pruning.decide(); });
  steps.add("delete what is not kept", [&] { return pruning.remove(); });
  lock.add_release(steps);
  BUSFLOW_CHECK(steps.run(call));
  pruning.show();
  return {};
}

command_line::Verb backup_prune_verb() {
  static const command_line::VerbInfo info{.noun = "backup",
                                           .verb = "prune",
                                           .summary = "delete the dumps that retention no longer wants",
                                           .description = kDescription,
                                           .arguments = {},
                                           .options = kOptions,
                                           .examples = kExamples,
                                           .exit_codes = backup_exit_codes(),
                                           .changes = true};
  return {&info, run};
}

}  // namespace busflow::ctl
