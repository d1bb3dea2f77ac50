#include "early_indexes.hpp"

#include <algorithm>
#include <regex>
#include <sstream>

#include <fmt/format.h>

#include <platform/process/child.hpp>
#include <platform/process/output.hpp>

namespace busflow::backup {
namespace {

constexpr std::size_t kKeptErrors = 64 << 10;

/// pg_restore's words with --verbose (pg_backup_archiver.c, restore_toc_entry).
constexpr std::string_view kTableBegins = "pg_restore: processing data for table \"";

process::Command after_data(const PostgresTools& tools) {
  return {
      .program = tools.program("pg_restore"), .arguments = {"--section=post-data"}, .environment = {{"LC_ALL", "C"}}};
}

void add_head(process::Command& command, int head) {
  command.arguments.push_back(fmt::format("/proc/self/fd/{}", head));
  command.inherited.push_back(head);
}

/// "TYPE schema name" -> "schema.table", for the indexes and keys in the script that pg_restore would run.
std::map<std::string, std::string, std::less<>> tables_of_entries(const std::string& script) {
  static const std::regex header(R"(^-- Name: (.+); Type: (INDEX|CONSTRAINT); Schema: (\S+); Owner: .*$)");
  static const std::regex index(R"(^CREATE (?:UNIQUE )?INDEX \S+ ON ([a-z0-9_]+\.[a-z0-9_]+) USING \w+ \([^()]*\);$)");
  static const std::regex key(R"(^    ADD CONSTRAINT \S+ (?:PRIMARY KEY|UNIQUE) \([^()]*\);$)");
  static const std::regex table(R"(^ALTER TABLE ONLY ([a-z0-9_]+\.[a-z0-9_]+)$)");
  std::map<std::string, std::string, std::less<>> found;
  std::istringstream lines(script);
  std::string entry;
  std::string altered;
  std::smatch match;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_match(line, match, header)) {
      entry = fmt::format("{} {} {}", match.str(2), match.str(3), match.str(1));
    } else if (std::regex_match(line, match, table)) {
      altered = match.str(1);
    } else if (std::regex_match(line, match, index)) {
      found[entry] = match.str(1);
    } else if (std::regex_match(line, match, key)) {
      found[entry] = altered;
    }
  }
  return found;
}

}  // namespace

Outcome<std::unique_ptr<EarlyIndexes>> EarlyIndexes::make(const Context& context, const PostgresTools& tools,
                                                          const postgres::ConnectionOptions& target,
                                                          RestoreErrors& errors, int head,
                                                          const std::set<std::string, std::less<>>& tables) {
  std::unique_ptr<EarlyIndexes> indexes(new EarlyIndexes(context, tools, target, errors, head));
  BUSFLOW_CHECK(indexes->read_entries(tables));
  indexes->builder_ = std::jthread([self = indexes.get()](const std::stop_token& stop) { self->build(stop); });
  return indexes;
}

EarlyIndexes::~EarlyIndexes() { static_cast<void>(finish()); }

Outcome<void> EarlyIndexes::read_entries(const std::set<std::string, std::less<>>& tables) {
  auto listing = after_data(tools_);
  listing.arguments.emplace_back("--list");
  add_head(listing, head_);
  BUSFLOW_TRY(const auto list, process::succeed(context_, listing));
  std::map<std::string, std::string, std::less<>> places;
  if (!tables.empty()) {
    auto printing = after_data(tools_);
    printing.arguments.emplace_back("--file=-");
    add_head(printing, head_);
    BUSFLOW_TRY(const auto script, process::succeed(context_, printing));
    places = tables_of_entries(script);
  }
  // "215; 1259 16401 INDEX commerce bookings_day owner": number, two identifiers, type, schema, name, owner.
  static const std::regex form(R"(^\d+; \d+ \d+ (INDEX|CONSTRAINT) (\S+) (.+) \S+$)");
  std::istringstream lines(list);
  std::smatch match;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.front() == ';') continue;
    entries_.push_back(line);
    if (!std::regex_match(line, match, form)) continue;
    const auto place = places.find(fmt::format("{} {} {}", match.str(1), match.str(2), match.str(3)));
    if (place != places.end() && tables.contains(place->second)) by_table_[place->second].push_back(line);
  }
  return {};
}

void EarlyIndexes::take_line(std::string_view line) {
  if (!line.starts_with(kTableBegins)) return;
  line.remove_prefix(kTableBegins.size());
  const std::lock_guard lock(mutex_);
  if (!current_.empty()) complete_.push_back(current_);
  current_ = line.substr(0, line.rfind('"'));
  changed_.notify_all();
}

void EarlyIndexes::build(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return !complete_.empty(); })) {
    if (stop.stop_requested()) return;
    const auto lines = by_table_.find(complete_.front());
    complete_.pop_front();
    if (lines == by_table_.end()) continue;
    built_.insert(lines->second.begin(), lines->second.end());
    lock.unlock();
    build_table(lines->second);
    lock.lock();
  }
}

/// Whatever goes wrong shows later: an index that is missing is an error of its constraint, or of the report.
void EarlyIndexes::build_table(const std::vector<std::string>& lines) {
  const auto failed = [&](const std::string& why) { errors_.take_line(fmt::format("pg_restore: error: {}", why)); };
  std::string list;
  for (const auto& line : lines) list += line + "\n";
  const auto file = process::make_secret_file(list);
  auto command = after_data(tools_);
  auto collector = process::Collector::make(kKeptErrors, [this](std::string_view line) { errors_.take_line(line); });
  if (!file || !collector) return failed("indexes could not be built early");
  command.arguments.push_back(fmt::format("--use-list=/proc/self/fd/{}", file->get()));
  command.inherited.push_back(file->get());
  add_head(command, head_);
  const auto secret = connect_command(command, target_);
  auto child =
      secret ? process::Child::start(command, {.errors = &(*collector)->stream()}) : fail(ErrorName::kInternal);
  if (!child) return failed(std::string(child.error().message()));
  (*collector)->start();
  const auto exit = child->wait(context_);
  (*collector)->finish();
  if (exit && !exit->is_success() && exit->signal != 0) failed(exit->describe());
}

std::string EarlyIndexes::finish() {
  builder_.request_stop();
  changed_.notify_all();
  if (builder_.joinable()) builder_.join();
  std::string left;
  for (const auto& entry : entries_) {
    if (!built_.contains(entry)) left += entry + "\n";
  }
  return left;
}

}  // namespace busflow::backup
