#include <algorithm>

#include <fmt/format.h>

#include <platform/backup/catalogue.hpp>
#include <platform/backup/dump_name.hpp>
#include <platform/base/pause.hpp>
#include <platform/cron/schedule.hpp>

#include "creating.hpp"
#include "environment.hpp"
#include "pruning.hpp"
#include "verbs.hpp"

namespace busflow::ctl {
namespace {

using backup::Outcome;
using command_line::Invocation;
using command_line::OptionInfo;
using command_line::OptionKind;

constexpr auto kLongestRest = std::chrono::seconds(30);
constexpr std::string_view kCreatePattern = "backup-create";
constexpr std::string_view kSilencePattern = "backup-verify-silent";

constexpr OptionInfo kOptions[] = {
    kSourceOption,
    {.name = "at", .value_name = "CRON", .default_value = "0 2 * * *", .help = "when, as five or six fields of cron"},
    {.name = "time-zone", .value_name = "ZONE", .help = "of --at, such as Europe/Berlin; default: UTC"},
    {.name = "cadence",
     .value_name = "CADENCE",
     .default_value = "daily",
     .help = "what --at amounts to: says how old the newest may be",
     .choices = "hourly|daily|weekly"},
    {.name = "once", .kind = OptionKind::kFlag, .help = "one round now, then end"},
    kPostgresBinOption,
    kLockLifetimeOption,
    kIdleTimeoutOption,
    kNotifyBackoffOption,
    kNotifyTimeoutOption,
};
constexpr command_line::Example kExamples[] = {
    {"busflowctl backup run", "what the service backup-producer of the stack does"},
    {"busflowctl backup run --source hetzner-s3 --at '0 1 * * SUN' --cadence weekly",
     "the weekly dump that leaves the provider"},
    {"busflowctl backup run --once", "one round now"},
};
constexpr std::string_view kDescription =
    "Stays, and at each time of --at creates a dump, prunes, and looks whether verification is still alive: when the "
    "last verified dump is older than\n"
    "two rounds and a day, it says so, because a verification that does not run cannot say it itself. Failures are "
    "told to Slack or a GitHub issue;\n"
    "the next round comes all the same. Several of these exclude each other by the lock. Ends at SIGTERM, once the "
    "round in progress was given up.";

class Rounds {
 public:
  Rounds(Invocation& call, const config::Settings& settings, std::string source)
      : call_(call), settings_(settings), source_(std::move(source)), alerts_(alerts_from(settings, call)) {}

  /// The exit code of the round.
  int round() {
    auto done = create_backup(call_, settings_, source_,
                              {.class_ = std::string(backup::kRegular),
                               .cadence = call_.text("cadence"),
                               .postgres_bin = call_.text("postgres-bin"),
                               .lock_lifetime = call_.duration("lock-lifetime"),
                               .idle_timeout = call_.duration("idle-timeout")});
    if (done)
      done = prune_backups(
          call_, settings_, source_,
          {.lock_lifetime = call_.duration("lock-lifetime"), .idle_timeout = call_.duration("idle-timeout")});
    const int code = done ? 0 : report(call_, done.error());
    if (call_.dry_run()) return code;
    if (!done)
      raise(kCreatePattern, fmt::format("Backup failed: {}", done.error().info().id), done.error().detail);
    else
      resolve(kCreatePattern);
    watch_verification();
    return code;
  }

 private:
  void raise(std::string_view pattern, const std::string& title, const std::string& text) {
    const auto told = alerts_.failure(call_.context(), {.pattern = std::string(pattern), .title = title, .text = text});
    if (!told.detail.empty()) call_.console().warn(told.detail);
  }

  void resolve(std::string_view pattern) {
    const auto told = alerts_.success(call_.context(), std::string(pattern));
    if (!told.detail.empty()) call_.console().warn(told.detail);
  }

  void watch_verification() {
    const auto silence = verification_silence();
    if (!silence) {
      call_.console().warn(silence.error().detail);
      return;
    }
    if (silence->empty())
      resolve(kSilencePattern);
    else
      raise(kSilencePattern, "Backups are not being verified", *silence);
  }

  /// Empty while all is well, and as long as there is nothing old enough to have been verified.
  Outcome<std::string> verification_silence() {
    BUSFLOW_TRY(const auto store, open_store(settings_, source_, call_.duration("idle-timeout")));
    BUSFLOW_TRY(const auto catalogue, backup::read_catalogue(store, call_.context()));
    BUSFLOW_TRY(const auto verified, backup::read_verified(store, call_.context(), catalogue));
    const auto limit =
        2 * backup::find_cadence(call_.text("cadence")).value_or(backup::Cadence{}).longest_age + std::chrono::days(1);
    const auto dumps = catalogue.committed(backup::kRegular);
    if (dumps.empty()) return "";
    const auto since = verified ? verified->verified : dumps.front().time;
    if (call_.context().clock.now() - since < limit) return "";
    return fmt::format("{} in {}. The workflow backup-verify may be disabled.",
                       verified ? fmt::format("The last verification was at {}, of {},", to_rfc3339(verified->verified),
                                              verified->name)
                                : fmt::format("No dump was ever verified, the oldest is {},", dumps.front().name),
                       store.describe());
  }

  Invocation& call_;
  const config::Settings& settings_;
  std::string source_;
  alerting::Alerts alerts_;
};

Result<int> run(Invocation& call) {
  BUSFLOW_TRY(const auto settings, load_settings(call.settings_file()));
  BUSFLOW_TRY(const auto source, choose_source(settings, call.text("source")));
  BUSFLOW_TRY(const auto schedule, cron::Schedule::parse(call.text("at"), call.text("time-zone")));
  Rounds rounds(call, settings, source);
  if (call.dry_run() || call.flag("once")) return rounds.round();
  const auto& context = call.context();
  while (!context.cancellation.stop_requested()) {
    const auto now = context.clock.now();
    const auto next = schedule.next(now);
    if (!next) return fail(ErrorName::kBadRequest, fmt::format("'{}' never comes", call.text("at")));
    call.console().note(fmt::format("next dump at {}", to_rfc3339(*next)));
    // In short rests: a machine that was suspended, or whose clock was set, must not sleep on.
    while (context.clock.now() < *next && pause(context.cancellation, std::min<std::chrono::milliseconds>(
                                                                          *next - context.clock.now(), kLongestRest))) {
    }
    if (!context.cancellation.stop_requested()) rounds.round();
  }
  return 0;
}

}  // namespace

command_line::Verb backup_run_verb() {
  static const command_line::VerbInfo info{.noun = "backup",
                                           .verb = "run",
                                           .summary = "create and prune on a schedule, until a signal",
                                           .description = kDescription,
                                           .arguments = {},
                                           .options = kOptions,
                                           .examples = kExamples,
                                           .exit_codes = backup_exit_codes(),
                                           .changes = true};
  return {&info, run};
}

}  // namespace busflow::ctl
