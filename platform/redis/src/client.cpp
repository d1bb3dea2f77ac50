#include <platform/redis/client.hpp>

#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <optional>

#include <hiredis/hiredis.h>

#include <fmt/format.h>

namespace busflow::redis {
namespace {

/// Of a long batch, Redis works on these calls while the next are put together.
constexpr std::size_t kSentAtOnce = 32;

timeval to_timeval(std::chrono::milliseconds time) {
  return {.tv_sec = time.count() / 1000, .tv_usec = (time.count() % 1000) * 1000};
}

/// Redis' own words, sorted by what the caller can do about them.
std::unexpected<Error> refusal(std::string_view text) {
  auto detail = fmt::format("Redis: {}", text);
  if (text.starts_with("OOM ")) return fail(ErrorName::kRedisFull, std::move(detail));
  for (const std::string_view passing : {"LOADING ", "READONLY ", "MASTERDOWN ", "BUSY ", "TRYAGAIN "}) {
    if (text.starts_with(passing)) return fail(ErrorName::kRedisUnavailable, std::move(detail));
  }
  return fail(ErrorName::kInternal, std::move(detail));
}

Reply convert(const redisReply& reply) {
  switch (reply.type) {
    case REDIS_REPLY_INTEGER: return {static_cast<std::int64_t>(reply.integer)};
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS: return {std::string(reply.str, reply.len)};
    case REDIS_REPLY_ARRAY: {
      Reply::Array items;
      for (std::size_t i = 0; i < reply.elements; ++i) items.push_back(convert(*reply.element[i]));
      return {std::move(items)};
    }
    default: return {};
  }
}

Result<Reply> outcome(const redisReply& reply) {
  if (reply.type == REDIS_REPLY_ERROR) return refusal({reply.str, reply.len});
  return convert(reply);
}

bool is_unknown_script(const Result<Reply>& reply) { return !reply && reply.error().detail.contains("NOSCRIPT"); }

}  // namespace

std::string Options::describe() const { return socket.empty() ? fmt::format("{}:{}", host, port) : socket; }

void Client::Free::operator()(redisContext* context) const { redisFree(context); }

Client::Client(Options options) : options_(std::move(options)) {}
Client::~Client() = default;

std::unexpected<Error> Client::broken(std::string_view what) {
  auto text = fmt::format("{} {}: {}", what, options_.describe(),
                          context_ && context_->err != 0 ? context_->errstr : "out of memory");
  replace_context(nullptr);
  loaded_.clear();
  return fail(ErrorName::kRedisUnavailable, std::move(text));
}

void Client::replace_context(redisContext* context) {
  const std::lock_guard lock(interruption_);
  context_.reset(context);
}

void Client::interrupt() {
  const std::lock_guard lock(interruption_);
  if (context_) shutdown(context_->fd, SHUT_RDWR);
}

Result<void> Client::ensure_connected() {
  if (context_) return {};
  const auto limit = to_timeval(options_.timeout);
  replace_context(options_.socket.empty() ? redisConnectWithTimeout(options_.host.c_str(), options_.port, limit)
                                          : redisConnectUnixWithTimeout(options_.socket.c_str(), limit));
  if (!context_ || context_->err != 0) return broken("cannot connect to Redis at");
  redisSetTimeout(context_.get(), limit);
  auto introduced = introduce();
  if (!introduced) replace_context(nullptr);  // Nobody may go on as somebody else, or on another database.
  return introduced;
}

Result<void> Client::introduce() {
  if (!options_.password.empty()) {
    Command words{"AUTH", options_.user, options_.password};
    if (options_.user.empty()) words.erase(words.begin() + 1);
    BUSFLOW_CHECK(send(words));
  }
  if (options_.database != 0) {
    const Command words{"SELECT", std::to_string(options_.database)};
    BUSFLOW_CHECK(send(words));
  }
  return {};
}

Result<void> Client::append(std::span<const std::string> arguments) {
  Words words;
  words.reserve(arguments.size());
  words.insert(words.end(), arguments.begin(), arguments.end());
  return append_words(words);
}

Result<void> Client::append_call(const ScriptCall& call) {
  BUSFLOW_TRY(const auto sha1, digest(*call.script));
  const auto keys = std::to_string(call.keys.size());
  Words words{"EVALSHA", sha1, keys};
  words.reserve(words.size() + call.keys.size() + call.arguments.size());
  words.insert(words.end(), call.keys.begin(), call.keys.end());
  words.insert(words.end(), call.arguments.begin(), call.arguments.end());
  return append_words(words);
}

Result<void> Client::append_words(const Words& words) {
  std::vector<const char*> values;
  std::vector<std::size_t> sizes;
  values.reserve(words.size());
  sizes.reserve(words.size());
  for (const auto word : words) {
    values.push_back(word.data());
    sizes.push_back(word.size());
  }
  if (redisAppendCommandArgv(context_.get(), static_cast<int>(values.size()), values.data(), sizes.data()) !=
      REDIS_OK) {
    return broken("lost the connection to Redis at");
  }
  return {};
}

Result<void> Client::push_out() {
  int is_done = 0;
  if (redisBufferWrite(context_.get(), &is_done) != REDIS_OK) return broken("lost the connection to Redis at");
  return {};
}

Result<Result<Reply>> Client::receive() {
  void* raw = nullptr;
  if (redisGetReply(context_.get(), &raw) != REDIS_OK) return broken("lost the connection to Redis at");
  const std::unique_ptr<redisReply, void (*)(void*)> owner(static_cast<redisReply*>(raw), freeReplyObject);
  return outcome(*owner);
}

Result<Reply> Client::send(std::span<const std::string> arguments) {
  BUSFLOW_CHECK(append(arguments));
  BUSFLOW_TRY(auto reply, receive());
  return reply;
}

Result<Reply> Client::command(std::span<const std::string> arguments) {
  BUSFLOW_CHECK(ensure_connected());
  return send(arguments);
}

Result<Reply> Client::command(std::initializer_list<std::string> arguments) {
  return command(std::span<const std::string>(arguments.begin(), arguments.size()));
}

Result<std::string> Client::digest(const Script& script) {
  BUSFLOW_CHECK(ensure_connected());
  const auto known = std::ranges::find(loaded_, &script, &std::pair<const Script*, std::string>::first);
  if (known != loaded_.end()) return known->second;
  BUSFLOW_TRY(const Reply reply, command({"SCRIPT", "LOAD", script.text()}));
  return loaded_.emplace_back(&script, reply.text()).second;
}

Result<Reply> Client::evaluate(const Script& script, std::vector<std::string> keys,
                               std::vector<std::string> arguments) {
  const ScriptCall call{&script, std::move(keys), std::move(arguments)};
  BUSFLOW_CHECK(digest(script));  // Its own round trip, where it is needed.
  BUSFLOW_CHECK(append_call(call));
  BUSFLOW_TRY(auto reply, receive());
  if (!is_unknown_script(reply)) return reply;
  // The server was restarted or flushed its scripts.
  Command words{"EVAL", std::string(script.text()), std::to_string(call.keys.size())};
  words.insert(words.end(), call.keys.begin(), call.keys.end());
  words.insert(words.end(), call.arguments.begin(), call.arguments.end());
  return send(words);
}

Result<std::vector<Result<Reply>>> Client::evaluate_all(std::span<const ScriptCall> calls) {
  for (const auto& call : calls) BUSFLOW_CHECK(digest(*call.script));
  for (std::size_t i = 0; i < calls.size(); ++i) {
    BUSFLOW_CHECK(append_call(calls[i]));
    if ((i + 1) % kSentAtOnce == 0) BUSFLOW_CHECK(push_out());
  }
  BUSFLOW_TRY(auto replies, receive_all(calls.size()));
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (!is_unknown_script(replies[i])) continue;
    loaded_.clear();
    replies[i] = evaluate(*calls[i].script, calls[i].keys, calls[i].arguments);
  }
  return replies;
}

Result<std::vector<Result<Reply>>> Client::evaluate_together(std::span<const ScriptCall> calls) {
  // Inside MULTI a forgotten script would be an error with the others done, so Redis is asked beforehand.
  std::vector<std::string> question{"SCRIPT", "EXISTS"};
  for (const auto& call : calls) {
    BUSFLOW_TRY(auto sha1, digest(*call.script));
    question.push_back(std::move(sha1));
  }
  BUSFLOW_TRY(const Reply known, command(question));
  if (std::ranges::any_of(known.array(), [](const Reply& item) { return item.integer() == 0; })) loaded_.clear();

  const Command begin{"MULTI"};
  const Command end{"EXEC"};
  for (const auto& call : calls) BUSFLOW_CHECK(digest(*call.script));
  BUSFLOW_CHECK(append(begin));
  for (const auto& call : calls) BUSFLOW_CHECK(append_call(call));
  BUSFLOW_CHECK(append(end));
  std::optional<Error> refused;
  for (std::size_t i = 0; i <= calls.size(); ++i) {
    BUSFLOW_TRY(const auto queued, receive());
    if (!queued && !refused) refused = queued.error();
  }
  auto executed = receive_array();
  if (refused) return std::unexpected(*std::move(refused));  // Then EXEC did nothing, for that reason.
  return executed;
}

Result<std::vector<Result<Reply>>> Client::receive_array() {
  void* raw = nullptr;
  if (redisGetReply(context_.get(), &raw) != REDIS_OK) return broken("lost the connection to Redis at");
  const std::unique_ptr<redisReply, void (*)(void*)> owner(static_cast<redisReply*>(raw), freeReplyObject);
  if (owner->type == REDIS_REPLY_ERROR) return refusal({owner->str, owner->len});
  if (owner->type != REDIS_REPLY_ARRAY) return fail(ErrorName::kConcurrentUpdate, "Redis did not execute the batch");
  std::vector<Result<Reply>> items;
  for (std::size_t i = 0; i < owner->elements; ++i) items.push_back(outcome(*owner->element[i]));
  return items;
}

Result<std::vector<Result<Reply>>> Client::commands(std::span<const Command> commands) {
  BUSFLOW_CHECK(ensure_connected());
  for (const auto& words : commands) BUSFLOW_CHECK(append(words));
  return receive_all(commands.size());
}

Result<std::vector<Result<Reply>>> Client::receive_all(std::size_t count) {
  std::vector<Result<Reply>> replies;
  replies.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    BUSFLOW_TRY(auto reply, receive());
    replies.push_back(std::move(reply));
  }
  return replies;
}

Result<Reply> Client::blocking_command(std::initializer_list<std::string> arguments, std::chrono::milliseconds wait) {
  BUSFLOW_CHECK(ensure_connected());
  redisSetTimeout(context_.get(), to_timeval(options_.timeout + wait));
  auto reply = send(std::span<const std::string>(arguments.begin(), arguments.size()));
  if (context_) redisSetTimeout(context_.get(), to_timeval(options_.timeout));
  return reply;
}

}  // namespace busflow::redis
