#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <vector>

#include <platform/redis/client.hpp>

namespace busflow::redis {

/// Lets threads that call scripts at the same time share a round trip: while one of them waits for Redis, the calls of
/// the others gather, and go together next. Thread-safe.
class SharedCalls {
 public:
  /// `client` and `client_mutex`, which guards it against its other users, outlive this.
  SharedCalls(Client& client, std::mutex& client_mutex) : client_(client), client_mutex_(client_mutex) {}

  /// As Client::evaluate_all(), in the order of the calls; between them others' may be carried out.
  Result<std::vector<Result<Reply>>> evaluate_all(std::vector<ScriptCall> calls);

 private:
  struct Pending {
    std::vector<ScriptCall> calls;
    std::size_t count = 0;
    Result<std::vector<Result<Reply>>> replies{};
    std::condition_variable changed{};
    bool is_done = false;
  };

  void send(const std::deque<Pending*>& batch);

  Client& client_;
  std::mutex& client_mutex_;
  std::mutex mutex_;
  std::deque<Pending*> waiting_;  ///< Each belongs to a thread inside evaluate_all().
  bool is_sending_ = false;
};

}  // namespace busflow::redis
