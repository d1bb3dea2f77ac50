#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <platform/base/result.hpp>
#include <platform/redis/reply.hpp>

struct redisContext;

namespace busflow::redis {

struct Options {
  std::string socket;  ///< Unix socket; wins over host and port.
  std::string host = "127.0.0.1";
  int port = 6379;
  std::string password;
  std::chrono::milliseconds timeout{5000};  ///< To connect, and for an answer.

  std::string describe() const;
};

/// A Lua script. It must outlive the clients that evaluate it: they remember its digest by its address.
class Script {
 public:
  explicit Script(std::string_view text) : text_(text) {}
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// One connection, made at first use and again after a failure. Use by one thread at a time. The process must ignore
/// SIGPIPE (runtime::Signals does).
class Client {
 public:
  explicit Client(Options options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// kRedisUnavailable when the connection cannot be made or broke: then it is unknown whether the command was carried
  /// out. kInternal with Redis' own text when it refused the command.
  Result<Reply> command(std::span<const std::string> arguments);
  Result<Reply> command(std::initializer_list<std::string> arguments);

  /// EVALSHA, and EVAL where Redis does not know the script yet.
  Result<Reply> evaluate(const Script& script, const std::vector<std::string>& keys,
                         const std::vector<std::string>& arguments);

  /// Waits up to `wait` longer than the usual timeout; for blocking commands.
  Result<Reply> blocking_command(std::initializer_list<std::string> arguments, std::chrono::milliseconds wait);

 private:
  struct Free {
    void operator()(redisContext* context) const;
  };
  Result<void> ensure_connected();
  Result<Reply> send(std::span<const std::string> arguments);
  std::unexpected<Error> broken(std::string_view what);

  Options options_;
  std::unique_ptr<redisContext, Free> context_;
  std::vector<std::pair<const Script*, std::string>> loaded_;  ///< SHA-1 per script, on this connection's server.
};

}  // namespace busflow::redis
