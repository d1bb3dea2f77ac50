#include <platform/backup/report.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <platform/base/text.hpp>

namespace busflow::backup {
namespace {

double seconds(std::chrono::milliseconds time) { return static_cast<double>(time.count()) / 1000; }

/// XML has no other control characters than these.
std::string escape_xml(std::string_view text) {
  std::string escaped = escape_markup(text);
  std::ranges::replace_if(
      escaped, [](unsigned char letter) { return letter < 0x20 && letter != '\n' && letter != '\t'; }, ' ');
  return escaped;
}

/// A cell of a Markdown table is one line and holds no bar.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char letter : text) {
    if (letter == '|') escaped += '\\';
    escaped += letter == '\n' ? ' ' : letter;
  }
  return escaped;
}

std::string_view problem_id(const Check& check) {
  return check.problem ? problem_info(*check.problem).id : std::string_view();
}

}  // namespace

std::string status_name(CheckStatus status) {
  switch (status) {
    case CheckStatus::kPassed: return "passed";
    case CheckStatus::kWarning: return "warning";
    case CheckStatus::kFailed: break;
  }
  return "FAILED";
}

const Check* Report::failure() const {
  const auto at = std::ranges::find(checks_, CheckStatus::kFailed, &Check::status);
  return at == checks_.end() ? nullptr : &*at;
}

std::string Report::verdict() const {
  const Check* failed = failure();
  if (failed == nullptr) return "verified";
  return failed->problem == Problem::kDegraded ? "degraded" : "failed";
}

int Report::exit_code() const {
  const Check* failed = failure();
  return failed == nullptr ? 0 : problem_info(failed->cause()).exit_code;
}

json::Object Report::json() const {
  json::Array list;
  for (const Check& check : checks_) {
    json::Object entry{{"check", check.name}, {"status", status_name(check.status)}, {"detail", check.detail}};
    if (check.problem) entry["problem"] = problem_id(check);
    if (check.took.count() > 0) entry["took_ms"] = check.took.count();
    list.push_back(std::move(entry));
  }
  return {{"verdict", verdict()},       {"source", source},        {"dump", dump},
          {"begun", to_rfc3339(begun)}, {"took_ms", took.count()}, {"checks", std::move(list)}};
}

std::string Report::markdown() const {
  std::string text = fmt::format(
      "## Backup verification: {}\n\n`{}` from `{}`, {:.0f} s, {}\n\n| Check | Status | Detail |\n|---|---|---|\n",
      verdict(), dump.empty() ? "no dump" : dump, source, seconds(took), to_rfc3339(begun));
  for (const Check& check : checks_) {
    const std::string problem = check.problem ? fmt::format("`{}` ", problem_id(check)) : "";
    text += fmt::format("| {} | {} | {}{} |\n", check.name, status_name(check.status), problem, cell(check.detail));
  }
  return text;
}

std::string Report::junit() const {
  const auto failures = std::ranges::count(checks_, CheckStatus::kFailed, &Check::status);
  std::string text = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"backup-verify\" tests=\"{}\" "
      "failures=\"{}\" "
      "timestamp=\"{}\" time=\"{:.3f}\">\n",
      checks_.size(), failures, to_rfc3339(begun), seconds(took));
  for (const Check& check : checks_) {
    text += fmt::format("<testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\">", escape_xml(source),
                        escape_xml(check.name), seconds(check.took));
    if (check.status == CheckStatus::kFailed)
      text += fmt::format("<failure type=\"{}\" message=\"{}\"/>", problem_id(check), escape_xml(check.detail));
    else if (!check.detail.empty())
      text += fmt::format("<system-out>{}</system-out>", escape_xml(check.detail));
    text += "</testcase>\n";
  }
  return text + "</testsuite>\n</testsuites>\n";
}

}  // namespace busflow::backup
