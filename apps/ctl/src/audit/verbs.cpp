#include "verbs.hpp"

#include <fstream>

#include <fmt/format.h>

#include <platform/command_line/invocation.hpp>
#include <platform/json/reader.hpp>

#include "environment.hpp"

namespace busflow::ctl {
namespace {

using command_line::Invocation;

constexpr command_line::OptionInfo kOptions[] = {{.name = "last",
                                                  .kind = command_line::OptionKind::kInteger,
                                                  .value_name = "NUMBER",
                                                  .default_value = "50",
                                                  .help = "how many lines"}};
constexpr command_line::Example kExamples[] = {{"busflowctl audit show", "the last 50 changes from this machine"}};
constexpr command_line::VerbInfo kShow{
    .noun = "audit",
    .verb = "show",
    .summary = "show who changed what from this machine",
    .description =
        "Prints the end of the audit log: every changing verb leaves a line when it begins and one when it ends.",
    .arguments = {},
    .options = kOptions,
    .examples = kExamples,
    .exit_codes = {}};

std::string text(const json::Object& entry, std::string_view name) {
  const auto* value = entry.if_contains(name);
  if (value == nullptr) return "";
  return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

Result<int> run(Invocation& call) {
  BUSFLOW_TRY(const auto file, audit_file(call.settings_file()));
  std::ifstream input(file);
  std::vector<json::Object> entries;
  for (std::string line; std::getline(input, line);) {
    auto entry = json::parse(line);
    if (entry && entry->is_object()) entries.push_back(std::move(entry->get_object()));
    if (entries.size() > static_cast<std::size_t>(call.integer("last"))) entries.erase(entries.begin());
  }
  std::vector<std::vector<std::string>> rows;
  json::Array shown;
  for (auto& entry : entries) {
    rows.push_back({text(entry, "time"), text(entry, "operator"), text(entry, "verb"), text(entry, "event"),
                    text(entry, "exit_code")});
    shown.emplace_back(std::move(entry));
  }
  if (rows.empty())
    call.console().say(fmt::format("{} has no entries", file.string()));
  else
    call.console().table({"TIME", "OPERATOR", "VERB", "EVENT", "EXIT CODE"}, rows);
  call.console().result({{"file", file.string()}, {"entries", std::move(shown)}});
  return 0;
}

}  // namespace

std::vector<command_line::Verb> audit_verbs() { return {{&kShow, run}}; }

}  // namespace busflow::ctl
