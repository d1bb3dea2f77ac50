#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <type_traits>
#include <utility>
#include <vector>

#include <platform/postgres/transaction.hpp>

namespace busflow::postgres {

struct PoolOptions {
  ConnectionOptions connection;
  std::size_t max_connections = 20;
  std::chrono::milliseconds acquire_timeout{5000};  ///< Longest wait for a free connection; then kOverloaded.
};

/// When to run a failed transaction again: 3 retries, the first after 200 ms, doubled each time, 10 % jitter.
struct RetryPolicy {
  int retries = 3;
  std::chrono::milliseconds first_delay{200};
  double factor = 2.0;
  double jitter = 0.1;

  /// `unit_random` in [0, 1) spreads the delay over [d, d * (1 + jitter)).
  std::chrono::milliseconds delay(int attempt, double unit_random) const;
};

/// A bounded set of connections for transactions on worker threads. Thread-safe.
class Pool {
 public:
  using Sleep = std::function<void(std::chrono::milliseconds)>;

  explicit Pool(PoolOptions options, RetryPolicy retry = {}, Sleep sleep = {});
  ~Pool();

  /// Runs `work(Transaction&) -> Result<T>` in one transaction and commits it, or rolls back when it returns an error
  /// or throws. The session of `context` is put into the transaction-local settings busflow.tenant_id, busflow.user_id
  /// and busflow.role.
  ///
  /// The whole transaction runs again, as RetryPolicy says, when it hit a serialization failure or a deadlock, or lost
  /// its connection before COMMIT was sent; `work` must therefore have no effect outside the transaction. A connection
  /// lost during COMMIT gives kDatabaseUnavailable and no retry, because the outcome is unknown.
  template <class Work>
  std::invoke_result_t<Work&, Transaction&> transact(Context& context, const TransactionOptions& options, Work&& work) {
    using Outcome = std::invoke_result_t<Work&, Transaction&>;
    Outcome outcome = fail(ErrorName::kInternal, "the transaction was not run");
    const Result<void> result = run(context, options, [&](Transaction& transaction) -> Result<void> {
      outcome = work(transaction);
      if (!outcome) return std::unexpected(outcome.error());
      return {};
    });
    if (!result) return std::unexpected(result.error());
    return outcome;
  }

  /// One statement as a transaction of its own, in the default isolation and a single round trip; with the session as
  /// in transact(). For statements that may be carried out twice: it runs again when the connection was lost, although
  /// it may have been committed.
  Result<Rows> execute_repeatable(Context& context, const std::string& database_role, const Statement& statement,
                                  const Parameters& parameters);

  std::size_t idle_connections() const;
  std::size_t open_connections() const;

 private:
  struct Attempt {
    Result<void> result;
    bool retry = false;
  };
  using Body = std::function<Result<void>(Transaction&)>;

  class Lease;

  Result<void> run(Context& context, const TransactionOptions& options, const Body& body);
  Result<void> retry(Context& context, const std::function<Attempt(Connection&)>& attempt_with);
  static Attempt attempt(Connection& connection, Context& context, const TransactionOptions& options, const Body& body);
  static Attempt failed_attempt(Connection& connection, Error error);
  Result<std::unique_ptr<Connection>> acquire(Context& context);
  void release(std::unique_ptr<Connection> connection);
  double unit_random();

  const PoolOptions options_;
  const RetryPolicy retry_;
  const Sleep sleep_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::size_t open_ = 0;
  std::mt19937_64 random_{std::random_device{}()};
};

}  // namespace busflow::postgres
