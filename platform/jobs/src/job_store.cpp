#include "job_store.hpp"

#include <algorithm>
#include <charconv>
#include <span>
#include <stdexcept>

#include <fmt/format.h>

#include <platform/base/embedded_file.hpp>

namespace busflow::jobs {

std::span<const EmbeddedFile> job_scripts();

namespace {

struct Scripts {
  redis::Script add{load("add_job.lua")};
  redis::Script take{load("take_job.lua")};
  redis::Script finish{load("finish_job.lua")};
  redis::Script retry{load("retry_job.lua")};
  redis::Script extend{load("extend_locks.lua")};
  redis::Script recover{load("recover_stalled_jobs.lua")};

  static std::string_view load(std::string_view name) {
    const auto files = job_scripts();
    const auto found = std::ranges::find(files, name, &EmbeddedFile::path);
    if (found == files.end()) throw std::logic_error(fmt::format("no script {}", name));
    return found->text;
  }
};

/// Constants; made at first use because they are not literals.
const Scripts& scripts() {
  static const Scripts instance;
  return instance;
}

std::string milliseconds(WallTime time) { return std::to_string(time.time_since_epoch().count()); }

std::int64_t to_integer(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// BullMQ's options, as its workers and dashboards read them.
json::Object options_json(const JobOptions& options) {
  json::Object object{{"attempts", options.attempts},
                      {"backoff", {{"type", "exponential"}, {"delay", options.backoff.count()}}}};
  if (!options.job_id.empty()) object["jobId"] = options.job_id;
  if (options.delay.count() > 0) object["delay"] = options.delay.count();
  if (options.keep_completed >= 0) object["removeOnComplete"] = options.keep_completed;
  if (options.keep_failed >= 0) object["removeOnFail"] = options.keep_failed;
  return object;
}

/// `removeOnComplete` may be a number, true (keep none) or {count}; anything else keeps all.
int kept(const json::Object& options, std::string_view name) {
  const auto* value = options.if_contains(name);
  if (value == nullptr) return -1;
  if (value->is_int64()) return static_cast<int>(value->get_int64());
  if (value->is_bool()) return value->get_bool() ? 0 : -1;
  if (const auto* object = value->if_object()) {
    if (const auto* count = object->if_contains("count"); count != nullptr && count->is_int64())
      return static_cast<int>(count->get_int64());
  }
  return -1;
}

void read_options(Job& job, std::string_view text) {
  const auto parsed = json::parse(text);
  if (!parsed || !parsed->is_object()) return;
  const auto& options = parsed->get_object();
  if (const auto* attempts = options.if_contains("attempts"); attempts != nullptr && attempts->is_int64()) {
    job.attempts_allowed = static_cast<int>(attempts->get_int64());
  }
  if (const auto* backoff = options.if_contains("backoff")) {
    if (backoff->is_int64()) job.backoff = std::chrono::milliseconds(backoff->get_int64());
    if (const auto* object = backoff->if_object()) {
      if (const auto* delay = object->if_contains("delay"); delay != nullptr && delay->is_int64()) {
        job.backoff = std::chrono::milliseconds(delay->get_int64());
      }
    }
  }
  job.keep_completed = kept(options, "removeOnComplete");
  job.keep_failed = kept(options, "removeOnFail");
}

Job read_job(const std::string& queue, const std::string& id, const redis::Reply::Array& hash) {
  Job job{.queue = queue, .id = id};
  for (std::size_t i = 0; i + 1 < hash.size(); i += 2) {
    const auto& field = hash[i].text();
    const auto& value = hash[i + 1].text();
    if (field == "name") job.name = value;
    if (field == "data") job.data = json::parse(value).value_or(json::Value());
    if (field == "opts") read_options(job, value);
    if (field == "atm") job.attempts_made = static_cast<int>(to_integer(value));
    if (field == "ats") job.attempts_started = static_cast<int>(to_integer(value));
  }
  return job;
}

Result<void> check_code(const Job& job, std::int64_t code) {
  if (code == 0) return {};
  return fail(ErrorName::kConflict,
              fmt::format("job {} of queue {} is no longer ours (code {})", job.id, job.queue, code));
}

std::vector<std::string> texts(const redis::Reply& reply) {
  std::vector<std::string> result;
  for (const auto& item : reply.array()) result.push_back(item.text());
  return result;
}

}  // namespace

JobStore::JobStore(redis::Client& client, std::string prefix, std::string queue)
    : client_(client), queue_(std::move(queue)), base_(fmt::format("{}:{}:", prefix, queue_)) {}

Result<std::string> JobStore::add(const std::string& name, const json::Object& data, const JobOptions& options,
                                  WallTime now) {
  BUSFLOW_TRY(const auto reply,
              client_.evaluate(
                  scripts().add, {key("id"), key("wait"), key("delayed"), key("marker"), key("meta"), key("events")},
                  {base_, options.job_id, name, json::serialize(data), json::serialize(options_json(options)),
                   milliseconds(now), std::to_string(options.delay.count()), std::to_string(options.attempts)}));
  return reply.text();
}

Result<Taken> JobStore::take(const std::string& token, const std::string& worker, std::chrono::milliseconds lock,
                             WallTime now) {
  BUSFLOW_TRY(const auto reply,
              client_.evaluate(scripts().take,
                               {key("wait"), key("active"), key("delayed"), key("prioritized"), key("stalled"),
                                key("marker"), key("meta"), key("events")},
                               {base_, milliseconds(now), token, std::to_string(lock.count()), worker}));
  const auto& parts = reply.array();
  const auto& id = parts.at(0).text();
  if (!id.empty()) return Taken{.job = read_job(queue_, id, parts.at(1).array())};
  const auto due = to_integer(parts.at(1).text());
  if (due == 0) return Taken{};
  return Taken{.next_due = WallTime(std::chrono::milliseconds(due))};
}

Result<void> JobStore::finish(const Job& job, const std::string& token, const char* state, const std::string& value,
                              int keep, WallTime now) {
  BUSFLOW_TRY(const auto reply,
              client_.evaluate(scripts().finish, {key("active"), key(state), key("stalled"), key("events")},
                               {base_, job.id, token, milliseconds(now), state, value, std::to_string(keep)}));
  return check_code(job, reply.integer());
}

Result<void> JobStore::complete(const Job& job, const std::string& token, const json::Value& value, WallTime now) {
  return finish(job, token, "completed", json::serialize(value), job.keep_completed, now);
}

Result<void> JobStore::give_up(const Job& job, const std::string& token, const std::string& reason, WallTime now) {
  return finish(job, token, "failed", reason, job.keep_failed, now);
}

Result<void> JobStore::retry(const Job& job, const std::string& token, const std::string& reason,
                             std::chrono::milliseconds delay, WallTime now) {
  BUSFLOW_TRY(
      const auto reply,
      client_.evaluate(scripts().retry, {key("active"), key("delayed"), key("stalled"), key("marker"), key("events")},
                       {base_, job.id, token, milliseconds(now), std::to_string(delay.count()), reason}));
  return check_code(job, reply.integer());
}

Result<std::vector<std::string>> JobStore::extend_locks(const std::unordered_map<std::string, std::string>& held,
                                                        std::chrono::milliseconds lock) {
  std::vector<std::string> arguments{base_, std::to_string(lock.count())};
  for (const auto& [id, token] : held) {
    arguments.push_back(token);
    arguments.push_back(id);
  }
  BUSFLOW_TRY(const auto reply, client_.evaluate(scripts().extend, {key("stalled")}, arguments));
  return texts(reply);
}

Result<std::vector<std::string>> JobStore::recover_stalled(std::chrono::milliseconds interval) {
  BUSFLOW_TRY(const auto reply, client_.evaluate(scripts().recover,
                                                 {key("stalled"), key("wait"), key("active"), key("stalled-check"),
                                                  key("marker"), key("events")},
                                                 {base_, std::to_string(interval.count())}));
  return texts(reply);
}

Result<void> JobStore::wait(std::chrono::milliseconds longest) {
  const auto seconds = fmt::format("{:.3f}", std::max(0.001, static_cast<double>(longest.count()) / 1000.0));
  BUSFLOW_CHECK(client_.blocking_command({"BZPOPMIN", key("marker"), seconds}, longest));
  return {};
}

Result<QueueCounts> JobStore::counts() {
  BUSFLOW_TRY(const auto waiting, client_.command({"LLEN", key("wait")}));
  BUSFLOW_TRY(const auto active, client_.command({"LLEN", key("active")}));
  BUSFLOW_TRY(const auto delayed, client_.command({"ZCARD", key("delayed")}));
  BUSFLOW_TRY(const auto completed, client_.command({"ZCARD", key("completed")}));
  BUSFLOW_TRY(const auto failed, client_.command({"ZCARD", key("failed")}));
  return QueueCounts{waiting.integer(), active.integer(), delayed.integer(), completed.integer(), failed.integer()};
}

}  // namespace busflow::jobs
