#include <platform/postgres/pool.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <thread>

#include <libpq-fe.h>

#include <fmt/format.h>

#include <platform/postgres/sql_error.hpp>

namespace busflow::postgres {
namespace {

constexpr Statement kSession{
    "busflow.session",
    "SELECT set_config('busflow.tenant_id', $1, true), set_config('busflow.user_id', $2, true), "
    "set_config('busflow.role', $3, true)"};
constexpr Statement kSessionAs{
    "busflow.session_as",
    "SELECT set_config('busflow.tenant_id', $1, true), set_config('busflow.user_id', $2, true), "
    "set_config('busflow.role', $3, true), set_config('role', $4, true)"};

/// What makes the statements behind it, to the end of the transaction, the session's.
Call session_call(const Session& session, const std::string& database_role) {
  Call call{kSession, {std::string(session.tenant_id()), std::string(session.user_id()), session.role()}};
  if (database_role.empty()) return call;
  call.statement = kSessionAs;
  call.parameters.emplace_back(database_role);
  return call;
}

/// Its statements are few, and look for keys: a plan that was made once does for all of them, where making one anew
/// costs as much as running it. As it stays, it must not read a table from end to end because that had only a few rows
/// when it was made; and what has no index to go by looks so dear then that it would be compiled.
Result<std::unique_ptr<Connection>> open_connection(const ConnectionOptions& options) {
  BUSFLOW_TRY(auto connection, Connection::open(options));
  BUSFLOW_CHECK(connection->run("SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET jit = off"));
  return connection;
}

}  // namespace

std::chrono::milliseconds RetryPolicy::delay(int attempt, double unit_random) const {
  double milliseconds = static_cast<double>(first_delay.count());
  for (int i = 0; i < attempt; ++i) milliseconds *= factor;
  return std::chrono::milliseconds(static_cast<long>(milliseconds * (1.0 + jitter * unit_random)));
}

Pool::Pool(PoolOptions options, RetryPolicy retry, Sleep sleep)
    : options_(std::move(options)),
      retry_(retry),
      sleep_(sleep ? std::move(sleep) : [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }) {}

Pool::~Pool() = default;

std::size_t Pool::idle_connections() const {
  const std::lock_guard lock(mutex_);
  return idle_.size();
}

std::size_t Pool::open_connections() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

double Pool::unit_random() {
  const std::lock_guard lock(mutex_);
  return std::uniform_real_distribution<double>(0.0, 1.0)(random_);
}

Result<std::unique_ptr<Connection>> Pool::acquire(Context& context) {
  {
    std::unique_lock lock(mutex_);
    const auto patience = std::min<std::chrono::steady_clock::duration>(
        options_.acquire_timeout, context.deadline == SteadyTime::max()
                                      ? SteadyTime::duration::max()
                                      : context.deadline - context.clock.steady_now());
    const bool available =
        changed_.wait_for(lock, patience, [this] { return !idle_.empty() || open_ < options_.max_connections; });
    if (!available) {
      return fail(
          ErrorName::kOverloaded,
          fmt::format("all {} database connections are busy; see database.max_connections", options_.max_connections));
    }
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
    ++open_;
  }
  auto connection = open_connection(options_.connection);
  if (!connection) release(nullptr);
  return connection;
}

void Pool::release(std::unique_ptr<Connection> connection) {
  {
    const std::lock_guard lock(mutex_);
    if (connection != nullptr && connection->is_alive()) {
      idle_.push_back(std::move(connection));
    } else {
      --open_;
    }
  }
  changed_.notify_one();
}

/// Returns the connection to the pool on every way out, an exception included.
class Pool::Lease {
 public:
  Lease(Pool& pool, std::unique_ptr<Connection> connection) : pool_(pool), connection_(std::move(connection)) {}
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() {
    if (connection_->is_alive() && PQtransactionStatus(connection_->native()) != PQTRANS_IDLE)
      (void)connection_->run("ROLLBACK");
    pool_.release(std::move(connection_));
  }
  Connection& connection() { return *connection_; }

 private:
  Pool& pool_;
  std::unique_ptr<Connection> connection_;
};

Pool::Attempt Pool::failed_attempt(Connection& connection, Error error) {
  const bool is_known = error.name == ErrorName::kConcurrentUpdate || error.name == ErrorName::kDatabaseUnavailable;
  const bool retry = is_known && (!connection.is_alive() || is_transient(connection.last_sqlstate()));
  return {std::unexpected(std::move(error)), retry};
}

Pool::Attempt Pool::attempt(Connection& connection, Context& context, const TransactionOptions& options,
                            const Body& body) {
  const auto begin =
      fmt::format("BEGIN ISOLATION LEVEL {} {}", options.isolation, options.read_only ? "READ ONLY" : "READ WRITE");
  Transaction transaction(connection, context,
                          {{{.name = begin, .text = begin}, {}}, session_call(context.session, options.database_role)});
  if (auto done = body(transaction); !done) return failed_attempt(connection, done.error());
  // PostgreSQL answers COMMIT of a failed transaction with a quiet ROLLBACK.
  if (PQtransactionStatus(connection.native()) == PQTRANS_INERROR) {
    throw std::logic_error("a statement failed but the transaction's function reported success");
  }
  if (!transaction.has_begun()) return {Result<void>{}, false};
  auto committed = connection.run("COMMIT");
  if (committed) return {Result<void>{}, false};
  if (!connection.is_alive()) {
    return {fail(ErrorName::kDatabaseUnavailable,
                 "the connection broke during COMMIT, so it is unknown whether the change was made; look before trying "
                 "again"),
            false};
  }
  return failed_attempt(connection, committed.error());
}

Result<void> Pool::run(Context& context, const TransactionOptions& options, const Body& body) {
  return retry(context, [&](Connection& connection) { return attempt(connection, context, options, body); });
}

Result<Rows> Pool::execute_repeatable(Context& context, const std::string& database_role, const Statement& statement,
                                      const Parameters& parameters) {
  const std::array calls{session_call(context.session, database_role), Call{statement, parameters}};
  Rows rows;
  BUSFLOW_CHECK(retry(context, [&](Connection& connection) -> Attempt {
    auto answer = connection.execute_together(calls);
    if (!answer) return failed_attempt(connection, answer.error());
    rows = std::move(*answer);
    return {Result<void>{}, false};
  }));
  return rows;
}

Result<void> Pool::retry(Context& context, const std::function<Attempt(Connection&)>& attempt_with) {
  for (int retries = 0;; ++retries) {
    BUSFLOW_CHECK(context.check());
    auto acquired = acquire(context);
    Attempt outcome;
    if (acquired) {
      Lease lease(*this, std::move(*acquired));
      outcome = attempt_with(lease.connection());
    } else {
      outcome = {std::unexpected(acquired.error()), acquired.error().name == ErrorName::kDatabaseUnavailable};
    }
    if (outcome.result || !outcome.retry || retries == retry_.retries) return outcome.result;
    sleep_(retry_.delay(retries, unit_random()));
  }
}

}  // namespace busflow::postgres
