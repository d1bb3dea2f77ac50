#include "issues.hpp"

#include <algorithm>

#include <date/date.h>
#include <date/iso_week.h>
#include <fmt/format.h>

#include <platform/json/json.hpp>
#include <platform/json/reader.hpp>
#include <platform/process/output.hpp>

namespace busflow::alerting {
namespace {

constexpr const char* kLabel = "busflow-alert";

std::string marker_begin(const std::string& pattern) { return fmt::format("<!-- busflow-alert: {}/", pattern); }

}  // namespace

std::string Issues::marker(const std::string& pattern, WallTime now) {
  const iso_week::year_weeknum_weekday week(date::sys_days(std::chrono::floor<std::chrono::days>(now)));
  return fmt::format("{}{}-W{:02} -->", marker_begin(pattern), static_cast<int>(week.year()),
                     static_cast<unsigned>(week.weeknum()));
}

Result<std::string> Issues::gh(const Context& context, std::vector<std::string> arguments,
                               const std::string& input) const {
  const std::string repository = options_.github_host.empty() ? options_.github_repository
                                                              : options_.github_host + "/" + options_.github_repository;
  if (arguments.front() != "api") arguments.insert(arguments.end(), {"--repo", repository});
  process::Command command{.program = options_.gh,
                           .arguments = std::move(arguments),
                           .environment = {{"GH_PROMPT_DISABLED", "1"}, {"NO_COLOR", "1"}}};
  if (!options_.github_token.empty())
    command.environment.emplace_back(options_.github_host.empty() ? "GH_TOKEN" : "GH_ENTERPRISE_TOKEN",
                                     options_.github_token);
  if (!options_.github_host.empty()) command.environment.emplace_back("GH_HOST", options_.github_host);
  if (!options_.ca_file.empty()) command.environment.emplace_back("SSL_CERT_FILE", options_.ca_file);
  return process::succeed(context, command, input);
}

/// Without a label: with one, gh asks the search index, which may not know yet what was made a minute ago.
Result<std::vector<Issues::Known>> Issues::list(const Context& context) const {
  BUSFLOW_TRY(const auto output,
              gh(context, {"issue", "list", "--state", "all", "--limit", "500", "--json", "number,body,state"}));
  BUSFLOW_TRY(const auto document, json::parse(output));
  if (!document.is_array()) return fail(ErrorName::kUpstreamInvalid, "gh issue list printed no list");
  std::vector<Known> known;
  for (const auto& entry : document.get_array()) {
    BUSFLOW_TRY(const auto fields, json::Reader::from(entry));
    BUSFLOW_TRY(const auto number, fields.integer("number"));
    BUSFLOW_TRY(auto body, fields.text("body"));
    BUSFLOW_TRY(const auto state, fields.text("state"));
    known.push_back({.number = number, .open = state == "OPEN", .body = std::move(body)});
  }
  return known;
}

Result<std::string> Issues::raise(const Context& context, const Alert& alert) const {
  const std::string mark = marker(alert.pattern, context.clock.now());
  BUSFLOW_TRY(const auto known, list(context));
  const auto same = std::ranges::find_if(known, [&](const Known& issue) { return issue.body.contains(mark); });
  if (same == known.end()) {
    BUSFLOW_CHECK(gh(context, {"label", "create", kLabel, "--force", "--color", "B60205", "--description",
                               "Raised by busflowctl; closed when it is green again"}));
    BUSFLOW_TRY(const auto url,
                gh(context, {"issue", "create", "--title", alert.title, "--label", kLabel, "--body-file", "-"},
                   fmt::format("{}\n\n{}\n", alert.text, mark)));
    return process::last_line(url);
  }
  const std::string number = std::to_string(same->number);
  if (!same->open) BUSFLOW_CHECK(gh(context, {"issue", "reopen", number}));
  BUSFLOW_CHECK(gh(context, {"issue", "comment", number, "--body-file", "-"},
                   fmt::format("**{}**\n\n{}\n", alert.title, alert.text)));
  return "#" + number;
}

Result<int> Issues::close(const Context& context, const std::string& pattern) const {
  BUSFLOW_TRY(const auto known, list(context));
  int closed = 0;
  for (const Known& issue : known) {
    if (!issue.open || !issue.body.contains(marker_begin(pattern))) continue;
    BUSFLOW_CHECK(gh(context, {"issue", "close", std::to_string(issue.number), "--comment",
                               fmt::format("{} is green again.", pattern)}));
    ++closed;
  }
  return closed;
}

}  // namespace busflow::alerting
