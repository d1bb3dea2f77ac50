#include <platform/jobs/administration.hpp>

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "keys.hpp"
#include "script_error.hpp"
#include "scripts.hpp"

namespace busflow::jobs {
namespace {

/// Where the ids of a state's jobs stand: lists, or sorted sets.
std::string_view suffix_of(JobState state) {
  return state == JobState::kWaiting ? std::string_view("wait") : name_of(state);
}

bool is_list(JobState state) { return state == JobState::kWaiting || state == JobState::kActive; }

bool is_ended(JobState state) { return state == JobState::kCompleted || state == JobState::kFailed; }

}  // namespace

Administration::Administration(redis::Options redis, std::string prefix, const Clock& clock)
    : prefix_(std::move(prefix)), clock_(clock), client_(std::move(redis)) {}

Result<std::int64_t> Administration::evaluate(const redis::Script& script, std::vector<std::string> keys,
                                              std::vector<std::string> arguments) {
  BUSFLOW_TRY(const auto reply, client_.evaluate(script, std::move(keys), std::move(arguments)));
  if (const auto* number = std::get_if<std::int64_t>(&reply.value)) return *number;
  return 0;
}

Result<std::vector<std::string>> Administration::queues() {
  std::set<std::string> names;
  std::string cursor = "0";
  do {
    BUSFLOW_TRY(const auto reply,
                client_.command({"SCAN", cursor, "MATCH", prefix_ + ":*:meta", "COUNT", "1000", "TYPE", "hash"}));
    cursor = reply.array().at(0).text();
    for (const auto& key : reply.array().at(1).array()) {
      const std::string_view text = key.text();
      names.emplace(text.substr(prefix_.size() + 1, text.size() - prefix_.size() - sizeof(":meta")));
    }
  } while (cursor != "0");
  return std::vector<std::string>(names.begin(), names.end());
}

Result<bool> Administration::is_paused(const std::string& queue) {
  BUSFLOW_TRY(const auto reply, client_.command({"HEXISTS", Keys(prefix_, queue)("meta"), "paused"}));
  return reply.integer() == 1;
}

Result<std::string> Administration::version(const std::string& queue) {
  BUSFLOW_TRY(const auto reply, client_.command({"HGET", Keys(prefix_, queue)("meta"), "version"}));
  return reply.is_nil() ? "" : reply.text();
}

Result<std::optional<Job>> Administration::find(const std::string& queue, const std::string& id) {
  BUSFLOW_TRY(const auto reply, client_.command({"HGETALL", Keys(prefix_, queue)(id)}));
  if (reply.array().empty()) return std::nullopt;
  return read_job(queue, id, reply.array());
}

Result<JobState> Administration::state(const std::string& queue, const std::string& id) {
  const Keys keys(prefix_, queue);
  BUSFLOW_TRY(const auto reply, client_.evaluate(scripts().get_state,
                                                 keys.list({"completed", "failed", "delayed", "active", "wait",
                                                            "paused", "waiting-children", "prioritized"}),
                                                 {id}));
  const auto state = parse_job_state(reply.text());
  if (state) return *state;
  // Waiting for its group's turn.
  BUSFLOW_TRY(const auto options, client_.command({"HGET", keys(id), "opts"}));
  return !options.is_nil() && options.text().contains("\"group\"") ? JobState::kWaiting : JobState::kUnknown;
}

Result<std::vector<Job>> Administration::list(const std::string& queue, JobState state, std::size_t offset,
                                              std::size_t count) {
  if (count == 0) return std::vector<Job>{};
  const Keys keys(prefix_, queue);
  const auto key = keys(suffix_of(state));
  const auto first = static_cast<std::int64_t>(offset);
  const auto last = static_cast<std::int64_t>(offset + count) - 1;
  redis::Command question{is_ended(state) ? "ZREVRANGE" : "ZRANGE", key, std::to_string(first), std::to_string(last)};
  // The next job of a list stands at its end.
  if (is_list(state)) question = {"LRANGE", key, std::to_string(-last - 1), std::to_string(-first - 1)};
  BUSFLOW_TRY(const auto reply, client_.command(question));
  auto ids = reply.texts();
  if (is_list(state)) std::ranges::reverse(ids);
  if (state == JobState::kWaiting && ids.size() < count) {
    BUSFLOW_TRY(const auto grouped, grouped_jobs(keys, offset, count - ids.size()));
    ids.insert(ids.end(), grouped.begin(), grouped.end());
  }
  return read_all(keys, queue, ids);
}

Result<std::vector<std::string>> Administration::grouped_jobs(const Keys& keys, std::size_t offset, std::size_t count) {
  BUSFLOW_TRY(const auto reply, client_.evaluate(scripts().list_grouped_jobs, keys.list({"groups", "wait"}),
                                                 {std::to_string(offset), std::to_string(count)}));
  std::vector<std::string> ids;
  for (std::size_t i = 1; i < reply.array().size(); ++i) ids.emplace_back(reply.array()[i].text());
  return ids;
}

Result<std::vector<Job>> Administration::read_all(const Keys& keys, const std::string& queue,
                                                  const std::vector<std::string>& ids) {
  std::vector<redis::Command> reads;
  for (const auto& id : ids) reads.push_back({"HGETALL", keys(id)});
  BUSFLOW_TRY(const auto hashes, client_.commands(reads));
  std::vector<Job> jobs;
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    if (!hashes[i]) return std::unexpected(hashes[i].error());
    if (!hashes[i]->array().empty()) jobs.push_back(read_job(queue, ids[i], hashes[i]->array()));
  }
  return jobs;
}

Result<std::vector<std::string>> Administration::logs(const std::string& queue, const std::string& id) {
  BUSFLOW_TRY(const auto reply, client_.command({"LRANGE", Keys(prefix_, queue)(id + ":logs"), "0", "-1"}));
  return reply.texts();
}

Result<void> Administration::retry(const std::string& queue, const std::string& id) {
  BUSFLOW_TRY(const auto now, state(queue, id));
  BUSFLOW_TRY(const auto job, find(queue, id));
  if (!job) return script_error(static_cast<int>(ScriptCode::kJobMissing), queue, id);
  if (!is_ended(now)) {
    return fail(
        ErrorName::kStateConflict,
        fmt::format("job {} of queue {} is {}; only completed and failed ones run again", id, queue, name_of(now)));
  }
  const Keys keys(prefix_, queue);
  const bool has_failed = now == JobState::kFailed;
  BUSFLOW_TRY(const auto code,
              evaluate(scripts().reprocess_job,
                       keys.list({id, "events", name_of(now), "wait", "meta", "active", "marker", "prioritized", "pc"}),
                       {id, job->options.contains("lifo") ? "RPUSH" : "LPUSH",
                        has_failed ? "failedReason" : "returnvalue", std::string(name_of(now)), "1", "0"}));
  if (code != 1) return script_error(code, queue, id);
  return {};
}

Result<void> Administration::retry_all(const std::string& queue, JobState state) {
  if (!is_ended(state) && state != JobState::kDelayed) {
    return fail(ErrorName::kBadRequest, fmt::format("jobs that are {} need no retry", name_of(state)));
  }
  const Keys keys(prefix_, queue);
  auto key_list = keys.list({"", "events", suffix_of(state), "wait", "paused", "meta", "active", "marker"});
  const auto before =
      state == JobState::kDelayed ? "1.7976931348623157e+308" : std::to_string(clock_.now().time_since_epoch().count());
  for (;;) {
    BUSFLOW_TRY(const auto is_more,
                evaluate(scripts().move_jobs_to_wait, key_list, {"1000", before, std::string(name_of(state))}));
    if (is_more != 1) return {};
  }
}

Result<void> Administration::promote(const std::string& queue, const std::string& id) {
  const Keys keys(prefix_, queue);
  BUSFLOW_TRY(
      const auto code,
      evaluate(scripts().promote,
               keys.list({"delayed", "wait", "paused", "meta", "prioritized", "active", "pc", "events", "marker"}),
               {keys.base(), id}));
  if (code < 0) return script_error(code, queue, id);
  return {};
}

Result<void> Administration::change_delay(const std::string& queue, const std::string& id,
                                          std::chrono::milliseconds delay) {
  const Keys keys(prefix_, queue);
  BUSFLOW_TRY(const auto code, evaluate(scripts().change_delay, keys.list({"delayed", "meta", "marker", "events"}),
                                        {std::to_string(delay.count()),
                                         std::to_string(clock_.now().time_since_epoch().count()), id, keys(id)}));
  if (code < 0) return script_error(code, queue, id);
  return {};
}

Result<void> Administration::change_priority(const std::string& queue, const std::string& id, std::int64_t priority) {
  const Keys keys(prefix_, queue);
  BUSFLOW_TRY(const auto code, evaluate(scripts().change_priority,
                                        keys.list({"wait", "paused", "meta", "prioritized", "active", "pc", "marker"}),
                                        {std::to_string(priority), keys.base(), id, "0"}));
  if (code < 0) return script_error(code, queue, id);
  return {};
}

Result<void> Administration::remove(const std::string& queue, const std::string& id) {
  const Keys keys(prefix_, queue);
  BUSFLOW_TRY(const auto exists, find(queue, id));
  if (!exists) return script_error(static_cast<int>(ScriptCode::kJobMissing), queue, id);
  BUSFLOW_TRY(const auto code, evaluate(scripts().remove_job, keys.list({id, "repeat"}), {id, "1", keys.base()}));
  if (code < 0) return script_error(code, queue, id);
  if (code == 0) {
    return fail(ErrorName::kStateConflict, fmt::format("job {} of queue {} is under way at a worker", id, queue));
  }
  return {};
}

Result<void> Administration::pause(const std::string& queue) {
  const Keys keys(prefix_, queue);
  BUSFLOW_CHECK(evaluate(scripts().pause,
                         keys.list({"wait", "paused", "meta", "prioritized", "events", "delayed", "marker"}),
                         {"paused", "1"}));
  return {};
}

Result<void> Administration::resume(const std::string& queue) {
  const Keys keys(prefix_, queue);
  std::string announce = "1";
  for (;;) {
    BUSFLOW_TRY(
        const auto left,
        evaluate(scripts().pause, keys.list({"paused", "wait", "meta", "prioritized", "events", "delayed", "marker"}),
                 {"resumed", announce}));
    if (left <= 0) return {};
    announce = "0";
  }
}

Result<void> Administration::drain(const std::string& queue, bool delayed_as_well) {
  const Keys keys(prefix_, queue);
  BUSFLOW_CHECK(evaluate(scripts().drain, keys.list({"wait", "paused", "delayed", "prioritized", "repeat"}),
                         {keys.base(), delayed_as_well ? "1" : "0"}));
  for (;;) {
    BUSFLOW_TRY(const auto is_more, evaluate(scripts().drain_groups, {keys("groups")}, {keys.base()}));
    if (is_more != 1) return {};
  }
}

Result<std::size_t> Administration::clean(const std::string& queue, JobState state, std::chrono::milliseconds age,
                                          std::size_t most) {
  const Keys keys(prefix_, queue);
  const auto before = (clock_.now() - age).time_since_epoch().count();
  BUSFLOW_TRY(
      const auto reply,
      client_.evaluate(scripts().clean_jobs, keys.list({suffix_of(state), "events", "repeat"}),
                       {keys.base(), std::to_string(before), std::to_string(most), std::string(suffix_of(state))}));
  return reply.array().size();
}

Result<void> Administration::obliterate(const std::string& queue, bool force) {
  const Keys keys(prefix_, queue);
  for (;;) {
    BUSFLOW_TRY(const auto code,
                evaluate(scripts().obliterate, keys.list({"meta", ""}), {"1000", force ? "force" : ""}));
    if (code == -1) return fail(ErrorName::kStateConflict, fmt::format("queue {} is not paused", queue));
    if (code == -2) return fail(ErrorName::kStateConflict, fmt::format("queue {} has jobs under way", queue));
    if (code == 0) return {};
  }
}

Result<void> Administration::set_concurrency(const std::string& queue, std::optional<int> jobs) {
  const auto key = Keys(prefix_, queue)("meta");
  if (!jobs) {
    BUSFLOW_CHECK(client_.command({"HDEL", key, "concurrency"}));
  } else {
    BUSFLOW_CHECK(client_.command({"HSET", key, "concurrency", std::to_string(*jobs)}));
  }
  return {};
}

}  // namespace busflow::jobs
