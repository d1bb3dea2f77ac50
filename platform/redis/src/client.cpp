#include <platform/redis/client.hpp>

#include <sys/time.h>

#include <algorithm>

#include <hiredis/hiredis.h>

#include <fmt/format.h>

namespace busflow::redis {
namespace {

timeval to_timeval(std::chrono::milliseconds time) {
  return {.tv_sec = time.count() / 1000, .tv_usec = (time.count() % 1000) * 1000};
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

}  // namespace

std::string Options::describe() const { return socket.empty() ? fmt::format("{}:{}", host, port) : socket; }

void Client::Free::operator()(redisContext* context) const { redisFree(context); }

Client::Client(Options options) : options_(std::move(options)) {}
Client::~Client() = default;

std::unexpected<Error> Client::broken(std::string_view what) {
  auto text = fmt::format("{} {}: {}", what, options_.describe(),
                          context_ && context_->err != 0 ? context_->errstr : "out of memory");
  context_.reset();
  loaded_.clear();
  return fail(ErrorName::kRedisUnavailable, std::move(text));
}

Result<void> Client::ensure_connected() {
  if (context_) return {};
  const auto limit = to_timeval(options_.timeout);
  context_.reset(options_.socket.empty() ? redisConnectWithTimeout(options_.host.c_str(), options_.port, limit)
                                         : redisConnectUnixWithTimeout(options_.socket.c_str(), limit));
  if (!context_ || context_->err != 0) return broken("cannot connect to Redis at");
  redisSetTimeout(context_.get(), limit);
  if (options_.password.empty()) return {};
  const std::string authentication[] = {"AUTH", options_.password};
  BUSFLOW_CHECK(send(authentication));
  return {};
}

Result<Reply> Client::send(std::span<const std::string> arguments) {
  std::vector<const char*> values;
  std::vector<std::size_t> sizes;
  for (const auto& argument : arguments) {
    values.push_back(argument.data());
    sizes.push_back(argument.size());
  }
  auto* raw = static_cast<redisReply*>(
      redisCommandArgv(context_.get(), static_cast<int>(values.size()), values.data(), sizes.data()));
  if (raw == nullptr) return broken("lost the connection to Redis at");
  const std::unique_ptr<redisReply, void (*)(void*)> owner(raw, freeReplyObject);
  if (raw->type == REDIS_REPLY_ERROR)
    return fail(ErrorName::kInternal, fmt::format("Redis: {}", std::string_view(raw->str, raw->len)));
  return convert(*raw);
}

Result<Reply> Client::command(std::span<const std::string> arguments) {
  BUSFLOW_CHECK(ensure_connected());
  return send(arguments);
}

Result<Reply> Client::command(std::initializer_list<std::string> arguments) {
  return command(std::span<const std::string>(arguments.begin(), arguments.size()));
}

Result<Reply> Client::evaluate(const Script& script, const std::vector<std::string>& keys,
                               const std::vector<std::string>& arguments) {
  BUSFLOW_CHECK(ensure_connected());
  auto known = std::ranges::find(loaded_, &script, &std::pair<const Script*, std::string>::first);
  if (known == loaded_.end()) {
    BUSFLOW_TRY(const Reply digest, command({"SCRIPT", "LOAD", script.text()}));
    loaded_.emplace_back(&script, digest.text());
    known = std::prev(loaded_.end());
  }
  std::vector<std::string> call{"EVALSHA", known->second, std::to_string(keys.size())};
  call.insert(call.end(), keys.begin(), keys.end());
  call.insert(call.end(), arguments.begin(), arguments.end());
  auto reply = send(call);
  if (!reply && reply.error().detail.contains("NOSCRIPT")) {  // the server was restarted or flushed its scripts
    call[0] = "EVAL";
    call[1] = script.text();
    reply = send(call);
  }
  return reply;
}

Result<Reply> Client::blocking_command(std::initializer_list<std::string> arguments, std::chrono::milliseconds wait) {
  BUSFLOW_CHECK(ensure_connected());
  redisSetTimeout(context_.get(), to_timeval(options_.timeout + wait));
  auto reply = send(std::span<const std::string>(arguments.begin(), arguments.size()));
  if (context_) redisSetTimeout(context_.get(), to_timeval(options_.timeout));
  return reply;
}

}  // namespace busflow::redis
