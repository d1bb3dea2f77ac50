#pragma once

#include <chrono>
#include <memory>
#include <mutex>
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
  std::string user{};                       ///< Of Redis' access lists, with the password. Empty: the default one.
  int database = 0;                         ///< Number of the database on that server.

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

/// The words of one command, its name first.
using Command = std::vector<std::string>;

/// One call of a script, as part of a batch.
struct ScriptCall {
  const Script* script = nullptr;
  std::vector<std::string> keys;
  std::vector<std::string> arguments;
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
  /// out; also while Redis loads its data or is no longer the primary. kRedisFull when it has no memory left for a
  /// write. kInternal with Redis' own text when it refused the command.
  Result<Reply> command(std::span<const std::string> arguments);
  Result<Reply> command(std::initializer_list<std::string> arguments);

  /// EVALSHA, and EVAL where Redis does not know the script yet.
  Result<Reply> evaluate(const Script& script, std::vector<std::string> keys, std::vector<std::string> arguments);

  /// The calls in one round trip, each with its own outcome. Scripts that Redis forgot are sent again.
  Result<std::vector<Result<Reply>>> evaluate_all(std::span<const ScriptCall> calls);
  /// The calls in one MULTI: nobody sees some of them without the others. When a script reports an error, those beside
  /// it still count (Redis does not roll back).
  Result<std::vector<Result<Reply>>> evaluate_together(std::span<const ScriptCall> calls);
  /// The commands in one round trip.
  Result<std::vector<Result<Reply>>> commands(std::span<const Command> commands);

  /// Waits up to `wait` longer than the usual timeout; for blocking commands.
  Result<Reply> blocking_command(std::initializer_list<std::string> arguments, std::chrono::milliseconds wait);

  /// Ends a command that another thread is waiting for: it gives kRedisUnavailable. The next one connects again.
  void interrupt();

 private:
  struct Free {
    void operator()(redisContext* context) const;
  };
  Result<void> ensure_connected();
  /// On a fresh connection: who we are, and which database we mean.
  Result<void> introduce();
  Result<Reply> send(std::span<const std::string> arguments);
  using Words = std::vector<std::string_view>;
  Result<void> append(std::span<const std::string> arguments);
  /// Of a script whose digest is known, so that nothing else is sent in between.
  Result<void> append_call(const ScriptCall& call);
  Result<void> append_words(const Words& words);
  /// Sends what was appended without waiting for answers.
  Result<void> push_out();
  Result<Result<Reply>> receive();
  Result<std::vector<Result<Reply>>> receive_all(std::size_t count);
  Result<std::vector<Result<Reply>>> receive_array();
  /// The script's digest; loads it first where this connection has not yet.
  Result<std::string> digest(const Script& script);
  std::unexpected<Error> broken(std::string_view what);

  void replace_context(redisContext* context);

  Options options_;
  std::mutex interruption_;  ///< Guards the replacement of context_ against interrupt().
  std::unique_ptr<redisContext, Free> context_;
  std::vector<std::pair<const Script*, std::string>> loaded_;  ///< SHA-1 per script, on this connection's server.
};

}  // namespace busflow::redis
