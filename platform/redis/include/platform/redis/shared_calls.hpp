#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <mutex>
#include <span>
#include <vector>

#include <platform/base/gathering.hpp>
#include <platform/redis/client.hpp>

namespace busflow::redis {

/// Lets threads that call scripts at the same time share round trips: while two of them wait for Redis, each on a
/// connection of its own so that Redis always has something to do, the calls of the others gather, and go together
/// next. Thread-safe.
class SharedCalls {
 public:
  explicit SharedCalls(const Options& options) : clients_{Client(options), Client(options)} {}

  /// As Client::evaluate_all(), in the order of the calls; between them others' may be carried out.
  Result<std::vector<Result<Reply>>> evaluate_all(std::vector<ScriptCall> calls);

 private:
  static constexpr std::size_t kConnections = 2;

  struct Request {
    std::vector<ScriptCall> calls;
    std::size_t count = calls.size();
    Result<std::vector<Result<Reply>>> replies{};
  };

  /// Has a connection to itself as long as it lives.
  class Lease;

  void send(std::span<Request* const> batch);

  std::array<Client, kConnections> clients_;
  std::mutex mutex_;
  std::array<bool, kConnections> is_taken_{};
  Gathering<Request> gathering_{kConnections, std::numeric_limits<std::size_t>::max()};
};

}  // namespace busflow::redis
