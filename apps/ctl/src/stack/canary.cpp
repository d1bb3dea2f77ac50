#include <algorithm>

#include <fmt/format.h>

#include <platform/base/pause.hpp>
#include <platform/swarm/canary_metrics.hpp>

#include "deployment.hpp"
#include "verbs.hpp"

namespace busflow::ctl {
namespace {

using command_line::Invocation;

constexpr command_line::ArgumentInfo kArguments[] = {
    {.name = "ACTION", .help = "what to do", .required = true, .choices = "start|watch|promote|abort"}};
constexpr command_line::OptionInfo kOptions[] = {
    kFilesOption,
    kStackOption,
    kHostOption,
    kDeadlineOption,
    {.name = "service", .value_name = "NAME", .default_value = "api", .help = "which service gets a canary"},
    {.name = "share",
     .kind = command_line::OptionKind::kInteger,
     .value_name = "PERCENT",
     .default_value = "10",
     .help = "its share of the requests, 1 to 99"},
    {.name = "for",
     .kind = command_line::OptionKind::kDuration,
     .value_name = "TIME",
     .default_value = "10m",
     .help = "how long start and watch look after it"},
    {.name = "max-errors",
     .kind = command_line::OptionKind::kInteger,
     .value_name = "PERCENT",
     .default_value = "1",
     .help = "of its requests so many may fail; with more it is aborted"}};
constexpr command_line::Example kExamples[] = {
    {"STACK_VERSION=1.4.0 busflowctl stack canary start --share 10 --for 30m",
     "one task of 1.4.0 beside the present ones"},
    {"busflowctl stack canary watch --for 2h", "look after it from another machine, or longer"},
    {"busflowctl stack canary promote", "its version for everybody"},
    {"busflowctl stack canary abort", "without it, at once"}};

class Canary {
 public:
  explicit Canary(Invocation& call)
      : call_(call), engine_(engine_of(call)), stack_(call.text("stack")), service_(call.text("service")) {}

  Result<int> start() {
    const auto share = call_.integer("share");
    if (share < 1 || share > 99) return fail(ErrorName::kBadRequest, "--share is 1 to 99 percent");
    BUSFLOW_TRY(file_, stack_of(call_, stack_));
    if (!report_findings(call_, file_)) return kFindings;
    version_ = asked_version();
    StackPlan plan;
    lock_.add_take(plan, "stack canary start", 3);
    plan.add("make sure that there is none yet, and choose the newest version of each secret",
             [this, share] { return prepare(share); });
    if (swarm::has_phase(file_.document, "migration")) {
      plan.add("migrate the database (busflow.phase: migration), and wait for it",
               [this] { return migrate_stack(call_, engine_, stack_, migration_); });
    }
    plan.add(fmt::format("start one task of {} {}, weighted to {} % of the requests, and wait until it is healthy",
                         service_, version_, share),
             [this, share] { return begin(share); });
    lock_.add_release(plan);
    plan.add(fmt::format("look after it for {}: it goes when more than {} % of its requests fail", call_.text("for"),
                         call_.text("max-errors")),
             [this] { return watch(); });
    return plan.run(call_);
  }

  Result<int> watch() {
    BUSFLOW_TRY(const auto canary, find());
    BUSFLOW_TRY(auto metrics, swarm::CanaryMetrics::start(call_.context(), engine_, stack_, service_, canary));
    swarm::CanaryGuard guard({.most_failed_percent = call_.integer("max-errors")});
    const auto& clock = call_.context().clock;
    const auto end = clock.steady_now() + call_.duration("for");
    while (clock.steady_now() < end) {
      if (!pause(call_.context().cancellation, std::chrono::seconds(2))) break;
      auto counts = metrics.look();
      auto reason = guard.judge(clock.steady_now(), counts ? *counts : std::nullopt);
      if (!reason) reason = broken();
      call_.console().progress(fmt::format("{} of {} requests failed", guard.seen().failed, guard.seen().answered));
      if (!reason) continue;
      if (const auto present = find(); !present && present.error().name == ErrorName::kNotFound) {
        call_.console().say("the canary was ended by somebody else");
        return 0;
      }
      return give_up(*reason);
    }
    const auto seen = guard.seen();
    call_.console().say(
        fmt::format("the canary {} of {} answered {} requests, {} of them failed; next: 'busflowctl "
                    "stack canary promote', or 'abort'",
                    swarm::text_at(canary, "Spec/Labels/busflow.version"), service_, seen.answered, seen.failed));
    call_.console().result({{"answered", seen.answered}, {"failed", seen.failed}, {"aborted", false}});
    return 0;
  }

  Result<int> promote() {
    BUSFLOW_TRY(const auto canary, find());
    const auto version = swarm::text_at(canary, "Spec/Labels/busflow.version");
    BUSFLOW_TRY(auto file, stack_of(call_, stack_, {{"STACK_VERSION", version}}));
    return Deployment(call_,
                      {.stack = stack_, .version = version, .file = std::move(file), .reason = "stack canary promote"})
        .run();
  }

  Result<int> abort() {
    StackPlan plan;
    lock_.add_take(plan, "stack canary abort", 1);
    plan.add("send the canary no more requests, then end it", [this]() -> Result<int> {
      BUSFLOW_TRY(was_there_, end_canaries(call_, engine_, stack_));
      return 0;
    });
    lock_.add_release(plan);
    BUSFLOW_TRY(const int code, plan.run(call_));
    if (code == 0 && !call_.dry_run()) {
      call_.console().say(was_there_ ? "the canary is gone" : "there was no canary");
      call_.console().result({{"aborted", was_there_}});
    }
    return code;
  }

 private:
  /// The canary's service as the engine shows it.
  Result<json::Value> find() { return find(swarm::canary_name(service_)); }

  Result<json::Value> find(const std::string& name) {
    BUSFLOW_TRY(const auto services, engine_.services(call_.context(), stack_));
    for (const auto& service : services) {
      if (swarm::short_name(service, stack_) == name) return service;
    }
    return fail(ErrorName::kNotFound, fmt::format("the stack '{}' has no service '{}'", stack_, name));
  }

  Result<int> prepare(std::int64_t share) {
    if (find())
      return fail(ErrorName::kStateConflict, fmt::format("'{}' has a canary already: promote or abort it", service_));
    BUSFLOW_TRY(present_, find(service_));
    BUSFLOW_TRY(const auto document, resolve_stack(call_, engine_, stack_, file_));
    BUSFLOW_TRY(canary_, swarm::canary_document(document, present_, service_, share, version_));
    migration_ = document;
    swarm::mark_phase(migration_, "migration", "STACK_DEPLOYMENT", new_deployment_id(call_.context()));
    return 0;
  }

  Result<int> begin(std::int64_t share) {
    // First the present tasks, all alike: the canary's weight means nothing before.
    BUSFLOW_TRY(const auto label, swarm::server_label(present_, "weight"));
    const auto tasks = swarm::number_at(present_, "Spec/Mode/Replicated/Replicas");
    const auto weights = swarm::canary_weights(share, tasks);
    BUSFLOW_CHECK(engine_.run(call_.context(),
                              {"service", "update", "--detach", "--quiet", "--label-add",
                               fmt::format("{}={}", label, weights.present), swarm::text_at(present_, "Spec/Name")}));
    BUSFLOW_TRY(const int code, tell_swarm(call_, engine_, stack_, canary_, false));
    if (code == 0) return 0;
    BUSFLOW_CHECK(end_canaries(call_, engine_, stack_));
    return kCanaryAborted;
  }

  /// Why the canary's task does not run, when it ended again and again.
  std::optional<std::string> broken() {
    const auto progress =
        swarm::read_progress(call_.context(), engine_, stack_, {.services = {swarm::canary_name(service_)}});
    if (!progress || progress->empty() || progress->front().state != swarm::ServiceProgress::State::kFailed)
      return std::nullopt;
    return progress->front().reason;
  }

  Result<int> give_up(const std::string& reason) {
    BUSFLOW_TRY(auto lock, swarm::SwarmLock::take(call_.context(), engine_, stack_, "the canary's guard",
                                                  call_.duration("deadline")));
    BUSFLOW_CHECK(end_canaries(call_, engine_, stack_));
    BUSFLOW_CHECK(lock.release());
    call_.console().warn(fmt::format("the canary was aborted: {}", reason));
    call_.console().result({{"aborted", true}, {"reason", reason}});
    return kCanaryAborted;
  }

  Invocation& call_;
  swarm::Engine engine_;
  std::string stack_;
  std::string service_;
  std::string version_;
  swarm::StackFile file_;
  StackLock lock_{call_, engine_, stack_};
  json::Value present_;
  json::Object canary_;
  json::Object migration_;
  bool was_there_ = false;
};

Result<int> run(Invocation& call) {
  Canary canary(call);
  const auto& action = call.argument("ACTION");
  if (action == "start") return canary.start();
  if (action == "promote") return canary.promote();
  if (action == "abort") return canary.abort();
  if (call.dry_run())
    return fail(ErrorName::kBadRequest, "watch changes nothing but an ill canary: it goes without --dry-run");
  return canary.watch();
}

}  // namespace

command_line::Verb stack_canary_verb() {
  static const command_line::VerbInfo info{
      .noun = "stack",
      .verb = "canary",
      .summary = "try a new version on a share of the requests",
      .description =
          "start runs the new version's migration, then one task of it beside the present ones, and looks after it: it "
          "asks the task for its metrics every two seconds, "
          "and ends it when too many of its requests fail, when it falls silent, or when it ends again and again. Who "
          "stops looking (Ctrl-C) leaves it "
          "there; watch takes over. promote deploys its version for all; a deployment or a rollback ends it, too.\n\n"
          "Both versions work on one database: as with every update, the new schema must serve the old version. A "
          "connection that stays open, such as a live query's, stays where it is.",
      .arguments = kArguments,
      .options = kOptions,
      .examples = kExamples,
      .exit_codes = stack_exit_codes(),
      .changes = true};
  return {&info, run};
}

}  // namespace busflow::ctl
