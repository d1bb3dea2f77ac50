#pragma once

#include <cstddef>
#include <limits>
#include <mutex>
#include <span>
#include <vector>

#include <platform/base/gathering.hpp>
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
  struct Request {
    std::vector<ScriptCall> calls;
    std::size_t count = calls.size();
    Result<std::vector<Result<Reply>>> replies{};
  };

  void send(std::span<Request* const> batch);

  Client& client_;
  std::mutex& client_mutex_;
  Gathering<Request> gathering_{1, std::numeric_limits<std::size_t>::max()};
};

}  // namespace busflow::redis
