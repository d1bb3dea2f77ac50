#include <fmt/format.h>

#include <platform/jobs/worker.hpp>

#include "keys.hpp"
#include "script_error.hpp"
#include "scripts.hpp"

namespace busflow::jobs {
namespace {

Result<void> check(const Result<redis::Reply>& reply, const Job& job) {
  if (!reply) return std::unexpected(reply.error());
  const auto* code = std::get_if<std::int64_t>(&reply->value);
  if (code != nullptr && *code < 0) return script_error(*code, job.queue, job.id);
  return {};
}

}  // namespace

Result<void> Attempt::update_progress(const json::Value& progress) {
  const Keys keys(prefix_, job.queue);
  return check(client_.evaluate(scripts().update_progress, keys.list({job.id, "events", "meta"}),
                                {job.id, json::serialize(progress)}),
               job);
}

Result<void> Attempt::log(std::string_view line) {
  const Keys keys(prefix_, job.queue);
  const auto* kept = job.options.if_contains("kl");
  return check(client_.evaluate(scripts().add_log, keys.list({job.id, job.id + ":logs"}),
                                {job.id, std::string(line), kept == nullptr ? "" : json::serialize(*kept)}),
               job);
}

Result<std::vector<std::pair<std::string, std::string>>> Attempt::hash(std::string_view suffix) {
  const Keys keys(prefix_, job.queue);
  BUSFLOW_TRY(const auto reply, client_.command({"HGETALL", keys(fmt::format("{}:{}", job.id, suffix))}));
  std::vector<std::pair<std::string, std::string>> entries;
  const auto& items = reply.array();
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) entries.emplace_back(items[i].text(), items[i + 1].text());
  return entries;
}

Result<std::vector<std::pair<std::string, json::Value>>> Attempt::children_values() {
  BUSFLOW_TRY(const auto entries, hash("processed"));
  std::vector<std::pair<std::string, json::Value>> values;
  for (const auto& [child, text] : entries) {
    BUSFLOW_TRY(auto value, json::parse(text));
    values.emplace_back(child, std::move(value));
  }
  return values;
}

Result<std::vector<std::pair<std::string, std::string>>> Attempt::ignored_failures() { return hash("failed"); }

}  // namespace busflow::jobs
