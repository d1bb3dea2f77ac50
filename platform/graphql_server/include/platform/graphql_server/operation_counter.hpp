#pragma once

#include <string>

#include <platform/graphql/engine.hpp>
#include <platform/rate_limit/limiter.hpp>
#include <platform/runtime/worker_pool.hpp>

namespace busflow::graphql_server {

/// Counts operations for the engine's rate limits by a limiter that may block, on threads of its own: slow webhooks
/// must not hold up the counting. Thread-safe; outlives the engines that it counts for.
class OperationCounter {
 public:
  /// The limiter outlives it.
  explicit OperationCounter(rate_limit::Limiter& limiter);

  /// What keeps its counts apart from those of other metadata in the same Redis. Before the first count.
  void set_scope(std::string scope) { scope_ = std::move(scope); }
  /// For EngineOptions::count_operation.
  graphql::CountOperation function();
  /// Finishes what was asked for; later counts are refused. Before the event loops end.
  void stop() { threads_.stop(); }

 private:
  boost::asio::awaitable<Result<std::optional<std::chrono::seconds>>> count(Context context, std::size_t most,
                                                                            std::string subject);

  rate_limit::Limiter& limiter_;
  std::string scope_;
  runtime::WorkerPool threads_;
};

}  // namespace busflow::graphql_server
