#include "verbs.hpp"

#include <fmt/format.h>

#include "environment.hpp"

namespace busflow::ctl {
namespace {

using alerting::Delivery;
using command_line::Invocation;

constexpr command_line::ArgumentInfo kArguments[] = {
    {.name = "PATTERN", .help = "what ran, such as backup-verify", .required = true}};
constexpr command_line::OptionInfo kRaiseOptions[] = {
    {.name = "title", .value_name = "TEXT", .help = "one line that says what is wrong"},
    {.name = "text", .value_name = "TEXT", .help = "more, as Markdown"},
    kNotifyBackoffOption,
    kNotifyTimeoutOption,
};
constexpr command_line::OptionInfo kResolveOptions[] = {kNotifyBackoffOption, kNotifyTimeoutOption};
constexpr command_line::Example kRaiseExamples[] = {
    {"busflowctl alert raise backup-verify --title 'The nightly verification did not start'",
     "as a workflow does when nothing else could"}};
constexpr command_line::Example kResolveExamples[] = {{"busflowctl alert resolve backup-verify", "it is green again"}};
constexpr command_line::ExitCode kExitCodes[] = {{60, "told-nobody", "Neither Slack nor GitHub took it."}};
constexpr int kToldNobody = 60;

constexpr command_line::VerbInfo kRaise{.noun = "alert",
                                        .verb = "raise",
                                        .summary = "tell people that something failed",
                                        .description =
                                            "Writes to the Slack channel. Where Slack refuses (a rotated webhook) or "
                                            "does not answer after three more attempts, one GitHub issue for each\n"
                                            "pattern and week tells instead: it is commented on, reopened, or made.",
                                        .arguments = kArguments,
                                        .options = kRaiseOptions,
                                        .examples = kRaiseExamples,
                                        .exit_codes = kExitCodes,
                                        .changes = true};
constexpr command_line::VerbInfo kResolve{
    .noun = "alert",
    .verb = "resolve",
    .summary = "tell people that it is over",
    .description = "Closes the pattern's open GitHub issues and calls the heartbeat.",
    .arguments = kArguments,
    .options = kResolveOptions,
    .examples = kResolveExamples,
    .exit_codes = kExitCodes,
    .changes = true};

Result<int> run_raise(Invocation& call) {
  BUSFLOW_TRY(const auto settings, load_settings(call.settings_file()));
  if (call.text("title").empty()) return fail(ErrorName::kBadRequest, "--title is missing");
  const auto alerts = alerts_from(settings, call);
  alerting::DeliveryReport told;
  Steps steps;
  steps.add(fmt::format("tell Slack, or else a GitHub issue, that {} failed", call.argument("PATTERN")),
            [&]() -> backup::Outcome<void> {
              told = alerts.failure(
                  call.context(),
                  {.pattern = call.argument("PATTERN"), .title = call.text("title"), .text = call.text("text")});
              return {};
            });
  static_cast<void>(steps.run(call));
  if (call.dry_run()) return 0;
  if (!told.detail.empty()) call.console().warn(told.detail);
  call.console().result({{"told", told.delivery == Delivery::kSlack   ? "slack"
                                  : told.delivery == Delivery::kIssue ? "issue"
                                                                      : "nobody"},
                         {"detail", told.detail}});
  return told.delivery == Delivery::kSlack || told.delivery == Delivery::kIssue ? 0 : kToldNobody;
}

Result<int> run_resolve(Invocation& call) {
  BUSFLOW_TRY(const auto settings, load_settings(call.settings_file()));
  const auto alerts = alerts_from(settings, call);
  alerting::DeliveryReport told;
  Steps steps;
  steps.add(fmt::format("close the open issues of {} and call the heartbeat", call.argument("PATTERN")),
            [&]() -> backup::Outcome<void> {
              told = alerts.success(call.context(), call.argument("PATTERN"));
              return {};
            });
  static_cast<void>(steps.run(call));
  if (call.dry_run()) return 0;
  if (!told.detail.empty()) call.console().warn(told.detail);
  call.console().result({{"detail", told.detail}});
  return told.detail.empty() ? 0 : kToldNobody;
}

}  // namespace

std::vector<command_line::Verb> alert_verbs() { return {{&kRaise, run_raise}, {&kResolve, run_resolve}}; }

}  // namespace busflow::ctl
