#include "job_store.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include <platform/jobs/message_pack.hpp>
#include "add_call.hpp"
#include "script_error.hpp"
#include "scripts.hpp"

namespace busflow::jobs {
namespace {

constexpr std::size_t kStackTraceLines = 10;

std::string milliseconds(WallTime time) { return std::to_string(time.time_since_epoch().count()); }

/// Scripts return times as integers, or as text where Lua made a fraction of them.
std::int64_t number(const redis::Reply& reply) {
  if (const auto* value = std::get_if<std::int64_t>(&reply.value)) return *value;
  const auto* text = std::get_if<std::string>(&reply.value);
  double value = 0;
  if (text != nullptr) std::from_chars(text->data(), text->data() + text->size(), value);
  return static_cast<std::int64_t>(value);
}

/// `removeOnComplete` may be a number, true (keep none) or {count, age}; nothing keeps all.
json::Object kept(const json::Object& options, std::string_view name) {
  const auto* value = options.if_contains(name);
  if (value == nullptr) return {{"count", -1}};
  if (const auto* object = value->if_object()) return *object;
  if (value->is_bool()) return {{"count", value->get_bool() ? 0 : -1}};
  return {{"count", *value}};
}

/// The fields of a failed attempt, as names and values in turns.
std::string failure_fields(const Job& job, const std::string& reason) {
  json::Array traces;
  const auto first = job.stack_trace.size() >= kStackTraceLines ? job.stack_trace.size() - kStackTraceLines + 1 : 0;
  for (auto i = first; i < job.stack_trace.size(); ++i) traces.emplace_back(job.stack_trace[i]);
  traces.emplace_back("Error: " + reason);
  return to_message_pack(json::Array{"failedReason", reason, "stacktrace", json::serialize(json::Value(traces))});
}

bool is_set(const json::Object& options, std::string_view name) {
  const auto* value = options.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

}  // namespace

JobStore::JobStore(redis::Client& client, const WorkerOptions& options)
    : client_(client), options_(options), keys_(options.prefix, options.queue) {}

json::Object JobStore::take_options(const std::string& token) const {
  json::Object object{{"token", token}, {"lockDuration", options_.lock_duration.count()}, {"name", options_.name}};
  if (options_.rate_limit) {
    object["limiter"] = {{"max", options_.rate_limit->jobs}, {"duration", options_.rate_limit->per.count()}};
  }
  return object;
}

redis::ScriptCall JobStore::take_call(const std::string& token, WallTime now) const {
  return {&scripts().move_to_active,
          keys_.list({"wait", "active", "prioritized", "events", "stalled", "limiter", "delayed", "paused", "meta",
                      "pc", "marker"}),
          {keys_.base(), milliseconds(now), to_message_pack(take_options(token))}};
}

Result<Taken> JobStore::read_taken(const redis::Reply& reply) const {
  const auto* parts = std::get_if<redis::Reply::Array>(&reply.value);
  if (parts == nullptr || parts->empty()) return Taken{};  // Nothing was asked for, or nothing is there.
  Taken taken;
  if (const auto* hash = std::get_if<redis::Reply::Array>(&parts->at(0).value); hash != nullptr && !hash->empty()) {
    taken.job = read_job(options_.queue, parts->at(1).text(), *hash);
  }
  if (parts->size() > 2)
    taken.rate_limited = std::chrono::milliseconds(std::max<std::int64_t>(0, number(parts->at(2))));
  if (parts->size() > 3) {
    if (const auto due = number(parts->at(3)); due > 0) taken.next_due = WallTime(std::chrono::milliseconds(due));
  }
  return taken;
}

Result<Taken> JobStore::take(const std::string& token, WallTime now) {
  if (!options_.has_groups) {
    const auto call = take_call(token, now);
    BUSFLOW_TRY(const auto reply, client_.evaluate(*call.script, call.keys, call.arguments));
    return read_taken(reply);
  }
  const std::array calls{feed_groups_call(keys_, now), take_call(token, now)};
  BUSFLOW_TRY(const auto replies, client_.evaluate_all(calls));
  if (!replies[0]) return std::unexpected(replies[0].error());
  if (!replies[1]) return std::unexpected(replies[1].error());
  return read_taken(*replies[1]);
}

/// With groups, the job that may come next is known only after this one has ended, so three scripts share a round trip.
Result<Taken> JobStore::run(redis::ScriptCall call, const Ending& ending, WallTime now) {
  std::vector<redis::ScriptCall> calls{std::move(call)};
  if (options_.has_groups) {
    calls.push_back(feed_groups_call(keys_, now));
    if (ending.take_next) calls.push_back(take_call(ending.token, now));
  }
  BUSFLOW_TRY(const auto replies, client_.evaluate_all(calls));
  for (const auto& reply : replies) {
    if (!reply) return std::unexpected(reply.error());
  }
  if (const auto* code = std::get_if<std::int64_t>(&replies.front()->value); code != nullptr && *code < 0) {
    return script_error(*code, options_.queue, ending.job.id);
  }
  return read_taken(*replies.back());
}

Result<Taken> JobStore::finish(const Ending& ending, const char* state, const std::string& value, WallTime now) {
  const auto& options = ending.job.options;
  const bool is_failure = std::string_view(state) == "failed";
  auto arguments = take_options(ending.token);
  arguments["keepJobs"] = kept(options, is_failure ? "removeOnFail" : "removeOnComplete");
  arguments["attempts"] = ending.job.attempts_allowed();
  arguments["maxMetricsSize"] = options_.metrics_minutes > 0 ? json::Value(options_.metrics_minutes) : json::Value("");
  for (const auto* policy : {"fpof", "cpof", "idof", "rdof"}) arguments[policy] = is_set(options, policy);
  auto keys = keys_.list(
      {"wait", "active", "prioritized", "events", "stalled", "limiter", "delayed", "paused", "meta", "pc", state});
  keys.push_back(keys_(ending.job.id));
  keys.push_back(keys_(fmt::format("metrics:{}", state)));
  keys.push_back(keys_("marker"));
  return run({&scripts().move_to_finished,
              std::move(keys),
              {ending.job.id, milliseconds(now), is_failure ? "failedReason" : "returnvalue", value, state,
               ending.take_next && !options_.has_groups ? "1" : "0", keys_.base(), to_message_pack(arguments),
               is_failure ? failure_fields(ending.job, value) : ""}},
             ending, now);
}

Result<Taken> JobStore::complete(const Ending& ending, const std::string& return_value, WallTime now) {
  return finish(ending, "completed", return_value, now);
}

Result<Taken> JobStore::give_up(const Ending& ending, const std::string& reason, WallTime now) {
  return finish(ending, "failed", reason, now);
}

Result<Taken> JobStore::retry(const Ending& ending, const std::string& reason, std::chrono::milliseconds delay,
                              WallTime now) {
  const auto fields = failure_fields(ending.job, reason);
  if (delay.count() > 0) {
    auto keys = keys_.list({"marker", "active", "prioritized", "delayed", ending.job.id, "events", "meta", "stalled",
                            "wait", "limiter", "pc"});
    const bool take_next = ending.take_next && !options_.has_groups;
    return run({&scripts().move_to_delayed,
                std::move(keys),
                {keys_.base(), milliseconds(now), ending.job.id, ending.token, std::to_string(delay.count()), "0",
                 fields, take_next ? "1" : "0", take_next ? to_message_pack(take_options(ending.token)) : ""}},
               ending, now);
  }
  auto keys = keys_.list({"active", "wait", "paused", ending.job.id, "meta", "events", "delayed", "prioritized", "pc",
                          "marker", "stalled"});
  const char* push = is_set(ending.job.options, "lifo") ? "RPUSH" : "LPUSH";
  return run({&scripts().retry_job,
              std::move(keys),
              {keys_.base(), milliseconds(now), push, ending.job.id, ending.token, fields}},
             ending, now);
}

Result<Taken> JobStore::postpone(const Ending& ending, std::chrono::milliseconds delay, WallTime now) {
  auto keys = keys_.list({"marker", "active", "prioritized", "delayed", ending.job.id, "events", "meta", "stalled",
                          "wait", "limiter", "pc"});
  return run({&scripts().move_to_delayed,
              std::move(keys),
              {keys_.base(), milliseconds(now), ending.job.id, ending.token,
               std::to_string(std::max<std::int64_t>(1, delay.count())), "1", "", "0", ""}},
             ending, now);
}

Result<void> JobStore::give_back(const Job& job, const std::string& token) {
  BUSFLOW_TRY(const auto reply, client_.evaluate(scripts().move_back_to_wait,
                                                 keys_.list({"active", "wait", "stalled", "paused", "meta", "limiter",
                                                             "prioritized", "marker", "events"}),
                                                 {job.id, token, keys_(job.id)}));
  if (number(reply) < 0) return script_error(number(reply), options_.queue, job.id);
  return {};
}

Result<bool> JobStore::wait_for_children(const Job& job, const std::string& token, WallTime now) {
  BUSFLOW_TRY(const auto reply,
              client_.evaluate(scripts().move_to_waiting_children,
                               keys_.list({"active", "waiting-children", job.id, job.id + ":dependencies",
                                           job.id + ":unsuccessful", "stalled", "events"}),
                               {token, "", milliseconds(now), job.id, keys_.base()}));
  if (number(reply) < 0) return script_error(number(reply), options_.queue, job.id);
  return number(reply) == 0;
}

Result<void> JobStore::limit_rate(std::chrono::milliseconds time) {
  // A count that no limit reaches.
  BUSFLOW_CHECK(client_.command({"SET", keys_("limiter"), "9007199254740991", "PX", std::to_string(time.count())}));
  return {};
}

Result<std::vector<std::string>> JobStore::extend_locks(const std::vector<std::string>& ids,
                                                        const std::vector<std::string>& tokens) {
  BUSFLOW_TRY(const auto reply,
              client_.evaluate(scripts().extend_locks, keys_.list({"stalled"}),
                               {keys_.base(), to_message_pack(json::Array(tokens.begin(), tokens.end())),
                                to_message_pack(json::Array(ids.begin(), ids.end())),
                                std::to_string(options_.lock_duration.count())}));
  return reply.texts();
}

Result<std::vector<std::string>> JobStore::recover_stalled(WallTime now) {
  BUSFLOW_TRY(const auto reply, client_.evaluate(scripts().move_stalled_jobs,
                                                 keys_.list({"stalled", "wait", "active", "stalled-check", "meta",
                                                             "paused", "marker", "events", "repeat"}),
                                                 {std::to_string(options_.max_stalled), keys_.base(), milliseconds(now),
                                                  std::to_string(options_.stalled_interval.count())}));
  return reply.texts();
}

Result<void> JobStore::feed_groups(WallTime now) {
  const auto call = feed_groups_call(keys_, now);
  BUSFLOW_CHECK(client_.evaluate(*call.script, call.keys, call.arguments));
  return {};
}

Result<std::optional<WallTime>> JobStore::wait(std::chrono::milliseconds longest) {
  const auto seconds = fmt::format("{:.3f}", std::max(0.001, static_cast<double>(longest.count()) / 1000.0));
  BUSFLOW_TRY(const auto reply, client_.blocking_command({"BZPOPMIN", keys_("marker"), seconds}, longest));
  const auto* parts = std::get_if<redis::Reply::Array>(&reply.value);
  if (parts == nullptr || parts->size() < 3) return std::nullopt;
  return WallTime(std::chrono::milliseconds(number(parts->at(2))));
}

}  // namespace busflow::jobs
