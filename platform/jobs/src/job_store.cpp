#include "job_store.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include <platform/jobs/message_pack.hpp>
#include "add_call.hpp"
#include "script_error.hpp"
#include "scripts.hpp"

namespace busflow::jobs {
namespace {

constexpr std::size_t kStackTraceLines = 10;
constexpr const char* kTakeNone = "0";    // Scripts that end one job could take the next; `exchange` does.
constexpr std::int64_t kNotDoneHere = 1;  // See lua/complete_jobs.lua.

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

/// Of `removeOnComplete`, as the script for many jobs takes it: most kept, oldest kept, most removed for their age.
/// Nothing for what only BullMQ's own script can make sense of.
std::optional<std::array<std::string, 3>> retention_words(const json::Object& options) {
  std::array<std::string, 3> words{"-1", "", "1000"};
  const auto keep = kept(options, "removeOnComplete");
  constexpr std::array<std::string_view, 3> kNames = {"count", "age", "limit"};
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto* value = keep.if_contains(kNames[i]);
    if (value == nullptr) continue;
    const bool may_be_fraction = kNames[i] == "age";
    if (!value->is_int64() && !(may_be_fraction && value->is_double())) return std::nullopt;
    words[i] = json::serialize(*value);
  }
  return words;
}

Result<void> check_code(std::int64_t code, const Job& job) {
  if (code < 0) return script_error(code, job.queue, job.id);
  return {};
}

Result<void> check_code(const Result<redis::Reply>& reply, const Job& job) {
  if (!reply) return std::unexpected(reply.error());
  return check_code(number(*reply), job);
}

std::optional<WallTime> due_time(const redis::Reply& reply) {
  const auto due = number(reply);
  return due > 0 ? std::optional(WallTime(std::chrono::milliseconds(due))) : std::nullopt;
}

/// What moveToActive gives: {hash, id, ms to rest, when the next delayed job is due}.
Taken read_one(const redis::Reply& reply, const std::string& queue) {
  const auto* parts = std::get_if<redis::Reply::Array>(&reply.value);
  if (parts == nullptr || parts->size() < 4) return {};
  Taken taken{.rate_limited = std::chrono::milliseconds(std::max<std::int64_t>(0, number(parts->at(2)))),
              .next_due = due_time(parts->at(3))};
  if (const auto* hash = std::get_if<redis::Reply::Array>(&parts->at(0).value); hash != nullptr && !hash->empty()) {
    taken.jobs.push_back(read_job(queue, parts->at(1).text(), *hash));
    taken.may_be_more = true;
  }
  return taken;
}

}  // namespace

bool may_pass(const Error& error) {
  return error.name == ErrorName::kRedisUnavailable || error.name == ErrorName::kRedisFull;
}

JobStore::JobStore(redis::Client& client, const WorkerOptions& options)
    : client_(client), options_(options), keys_(options.prefix, options.queue) {}

json::Object JobStore::take_options(const std::string& token) const {
  json::Object object{{"token", token}, {"lockDuration", options_.lock_duration.count()}, {"name", options_.name}};
  if (options_.rate_limit) {
    object["limiter"] = {{"max", options_.rate_limit->jobs}, {"duration", options_.rate_limit->per.count()}};
  }
  return object;
}

redis::ScriptCall JobStore::take_one_call(const std::string& token, WallTime now) const {
  return {&scripts().move_to_active,
          keys_.list({"wait", "active", "prioritized", "events", "stalled", "limiter", "delayed", "paused", "meta",
                      "pc", "marker"}),
          {keys_.base(), milliseconds(now), to_message_pack(take_options(token))}};
}

redis::ScriptCall JobStore::take_call(std::span<const std::string> tokens, WallTime now) const {
  if (options_.rate_limit) return take_one_call(tokens.front(), now);
  redis::ScriptCall call{
      &scripts().take_jobs,
      keys_.list({"wait", "active", "prioritized", "events", "delayed", "meta", "pc", "marker"}),
      {keys_.base(), milliseconds(now), std::to_string(options_.lock_duration.count()), options_.name}};
  call.arguments.insert(call.arguments.end(), tokens.begin(), tokens.end());
  return call;
}

redis::ScriptCall JobStore::finish_call(const Job& job, const std::string& token, const char* state,
                                        const std::string& value, WallTime now) const {
  const bool is_failure = std::string_view(state) == "failed";
  auto arguments = take_options(token);
  arguments["keepJobs"] = kept(job.options, is_failure ? "removeOnFail" : "removeOnComplete");
  arguments["attempts"] = job.attempts_allowed();
  arguments["maxMetricsSize"] = options_.metrics_minutes > 0 ? json::Value(options_.metrics_minutes) : json::Value("");
  for (const auto* policy : {"fpof", "cpof", "idof", "rdof"}) arguments[policy] = is_set(job.options, policy);
  auto keys = keys_.list(
      {"wait", "active", "prioritized", "events", "stalled", "limiter", "delayed", "paused", "meta", "pc", state});
  keys.push_back(keys_(job.id));
  keys.push_back(keys_(fmt::format("metrics:{}", state)));
  keys.push_back(keys_("marker"));
  return {&scripts().move_to_finished,
          std::move(keys),
          {job.id, milliseconds(now), is_failure ? "failedReason" : "returnvalue", value, state, kTakeNone,
           keys_.base(), to_message_pack(arguments), is_failure ? failure_fields(job, value) : ""}};
}

redis::ScriptCall JobStore::finish_call(const Completion& completion, WallTime now) const {
  return finish_call(completion.job, completion.token, "completed", completion.return_value, now);
}

redis::ScriptCall JobStore::complete_call(std::span<const Completion> completions, std::span<const Plain> plain,
                                          bool takes_next, WallTime now) const {
  redis::ScriptCall call{
      &scripts().complete_jobs,
      keys_.list({"wait", "active", "prioritized", "events", "stalled", "delayed", "meta", "completed"}),
      {keys_.base(), milliseconds(now), takes_next ? "1" : "0"}};
  for (const auto& [place, retention] : plain) {
    const auto& [job, token, return_value] = completions[place];
    call.arguments.insert(call.arguments.end(), {job.id, token, return_value});
    call.arguments.insert(call.arguments.end(), retention.begin(), retention.end());
  }
  return call;
}

std::optional<std::array<std::string, 3>> JobStore::plain_retention(const Job& job) const {
  if (options_.metrics_minutes != 0 || !job.parent_key.empty() || job.options.contains("de")) return std::nullopt;
  return retention_words(job.options);
}

std::vector<std::size_t> JobStore::note_codes(const Result<redis::Reply>& reply,
                                              std::span<const Completion> completions, std::span<const Plain> plain,
                                              Exchanged& exchanged) {
  std::vector<std::size_t> undone;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const auto place = plain[i].place;
    const auto code = reply ? number(reply->array().at(i)) : kNotDoneHere;
    if (!reply && may_pass(reply.error())) {
      exchanged.completions[place] = std::unexpected(reply.error());
    } else if (code == kNotDoneHere) {
      undone.push_back(place);
    } else {
      exchanged.completions[place] = check_code(code, completions[place].job);
    }
  }
  return undone;
}

Result<void> JobStore::run(const redis::ScriptCall& call, const Job& job) {
  return check_code(client_.evaluate(*call.script, call.keys, call.arguments), job);
}

Result<Taken> JobStore::read_taken(const Result<redis::Reply>& reply, std::span<const std::string> tokens,
                                   WallTime now) {
  if (!reply) return std::unexpected(reply.error());
  const auto* parts = std::get_if<redis::Reply::Array>(&reply->value);
  if (parts == nullptr && !options_.rate_limit) {  // The queue has a rate limit.
    const auto call = take_one_call(tokens.front(), now);
    BUSFLOW_TRY(const auto one, client_.evaluate(*call.script, call.keys, call.arguments));
    return read_one(one, options_.queue);
  }
  if (parts == nullptr || options_.rate_limit) return read_one(*reply, options_.queue);
  Taken taken{.next_due = due_time(parts->at(0))};
  for (std::size_t i = 1; i + 1 < parts->size(); i += 2) {
    if (const auto* hash = std::get_if<redis::Reply::Array>(&parts->at(i + 1).value)) {
      taken.jobs.push_back(read_job(options_.queue, parts->at(i).text(), *hash));
    }
  }
  taken.may_be_more = taken.jobs.size() == tokens.size();
  return taken;
}

Exchanged JobStore::exchange(std::span<const Completion> completions, std::span<const std::string> tokens,
                             WallTime now) {
  std::vector<Plain> plain;
  std::vector<std::size_t> others;
  std::vector<redis::ScriptCall> calls;
  for (std::size_t place = 0; place < completions.size(); ++place) {
    if (auto retention = plain_retention(completions[place].job)) {
      plain.push_back({place, *std::move(retention)});
    } else {
      others.push_back(place);
      calls.push_back(finish_call(completions[place], now));
    }
  }
  if (!plain.empty()) calls.push_back(complete_call(completions, plain, !tokens.empty() && !options_.has_groups, now));
  if (options_.has_groups) calls.push_back(feed_groups_call(keys_, now));
  if (!tokens.empty()) calls.push_back(take_call(tokens, now));
  Exchanged exchanged{.completions = std::vector<Result<void>>(completions.size())};
  if (calls.empty()) return exchanged;

  const auto replies = client_.evaluate_all(calls);
  if (!replies) {  // It is unknown what was carried out.
    std::ranges::fill(exchanged.completions, std::unexpected(replies.error()));
    exchanged.taken = std::unexpected(replies.error());
    return exchanged;
  }
  for (std::size_t i = 0; i < others.size(); ++i)
    exchanged.completions[others[i]] = check_code(replies->at(i), completions[others[i]].job);
  if (!plain.empty()) {
    const auto undone = note_codes(replies->at(others.size()), completions, plain, exchanged);
    finish_alone(completions, undone, exchanged, now);
  }
  if (!tokens.empty()) exchanged.taken = read_taken(replies->back(), tokens, now);
  return exchanged;
}

void JobStore::finish_alone(std::span<const Completion> completions, std::span<const std::size_t> places,
                            Exchanged& exchanged, WallTime now) {
  if (places.empty()) return;
  std::vector<redis::ScriptCall> calls;
  for (const auto place : places) calls.push_back(finish_call(completions[place], now));
  const auto replies = client_.evaluate_all(calls);
  for (std::size_t i = 0; i < places.size(); ++i) {
    exchanged.completions[places[i]] = replies ? check_code(replies->at(i), completions[places[i]].job)
                                               : Result<void>(std::unexpected(replies.error()));
  }
}

Result<void> JobStore::give_up(const Job& job, const std::string& token, const std::string& reason, WallTime now) {
  return run(finish_call(job, token, "failed", reason, now), job);
}

Result<void> JobStore::retry(const Job& job, const std::string& token, const std::string& reason,
                             std::chrono::milliseconds delay, WallTime now) {
  const auto fields = failure_fields(job, reason);
  if (delay.count() > 0) return run(delay_call(job, token, delay, "0", fields, now), job);
  const char* push = is_set(job.options, "lifo") ? "RPUSH" : "LPUSH";
  return run({&scripts().retry_job,
              keys_.list({"active", "wait", "paused", job.id, "meta", "events", "delayed", "prioritized", "pc",
                          "marker", "stalled"}),
              {keys_.base(), milliseconds(now), push, job.id, token, fields}},
             job);
}

Result<void> JobStore::postpone(const Job& job, const std::string& token, std::chrono::milliseconds delay,
                                WallTime now) {
  return run(delay_call(job, token, std::max(delay, std::chrono::milliseconds(1)), "1", "", now), job);
}

redis::ScriptCall JobStore::delay_call(const Job& job, const std::string& token, std::chrono::milliseconds delay,
                                       const char* skips_attempt, const std::string& fields, WallTime now) const {
  return {&scripts().move_to_delayed,
          keys_.list({"marker", "active", "prioritized", "delayed", job.id, "events", "meta", "stalled", "wait",
                      "limiter", "pc"}),
          {keys_.base(), milliseconds(now), job.id, token, std::to_string(delay.count()), skips_attempt, fields,
           kTakeNone, ""}};
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
