#include <platform/postgres/pool.hpp>

#include <algorithm>
#include <stdexcept>
#include <thread>

#include <libpq-fe.h>

#include <fmt/format.h>

#include <platform/postgres/identifier.hpp>
#include <platform/postgres/sql_error.hpp>

namespace busflow::postgres {
namespace {

/// Identifiers cannot be bound; role names are ours and have this form only.
bool is_plain_name(std::string_view name) {
  return std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

/// One round trip for all that a transaction begins with. What the session says is quoted, since a text of several
/// statements takes no parameters.
std::string begin_text(const Context& context, const TransactionOptions& options) {
  if (!is_plain_name(options.database_role)) throw std::logic_error("not a role name: " + options.database_role);
  auto text =
      fmt::format("BEGIN ISOLATION LEVEL {} {}", options.isolation, options.read_only ? "READ ONLY" : "READ WRITE");
  if (!options.database_role.empty()) text += "; SET LOCAL ROLE " + options.database_role;
  const auto& session = context.session;
  text += fmt::format(
      "; SELECT set_config('busflow.tenant_id', {}, true), set_config('busflow.user_id', {}, true), "
      "set_config('busflow.role', {}, true)",
      quote_literal(session.tenant_id()), quote_literal(session.user_id()), quote_literal(session.role()));
  return text;
}

/// Its statements are few, and look for keys: a plan that was made once does for all of them, where making one anew
/// costs as much as running it.
Result<std::unique_ptr<Connection>> open_connection(const ConnectionOptions& options) {
  BUSFLOW_TRY(auto connection, Connection::open(options));
  BUSFLOW_CHECK(connection->run("SET plan_cache_mode = force_generic_plan"));
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

Pool::Attempt Pool::attempt(Context& context, const TransactionOptions& options, const Body& body) {
  auto acquired = acquire(context);
  if (!acquired) return {std::unexpected(acquired.error()), acquired.error().name == ErrorName::kDatabaseUnavailable};

  // Returns the connection to the pool on every way out, an exception included.
  struct Lease {
    Pool& pool;
    std::unique_ptr<Connection> connection;
    ~Lease() {
      if (connection && connection->is_alive() && PQtransactionStatus(connection->native()) != PQTRANS_IDLE)
        (void)connection->run("ROLLBACK");
      pool.release(std::move(connection));
    }
  } lease{*this, std::move(*acquired)};
  Connection& connection = *lease.connection;

  const auto failed_attempt = [&connection](Error error) {
    const bool is_known = error.name == ErrorName::kConcurrentUpdate || error.name == ErrorName::kDatabaseUnavailable;
    const bool retry = is_known && (!connection.is_alive() || is_transient(connection.last_sqlstate()));
    return Attempt{std::unexpected(std::move(error)), retry};
  };

  if (auto begun = connection.run(begin_text(context, options)); !begun) return failed_attempt(begun.error());
  Transaction transaction(connection, context);
  if (auto done = body(transaction); !done) return failed_attempt(done.error());
  // PostgreSQL answers COMMIT of a failed transaction with a quiet ROLLBACK.
  if (PQtransactionStatus(connection.native()) == PQTRANS_INERROR) {
    throw std::logic_error("a statement failed but the transaction's function reported success");
  }
  auto committed = connection.run("COMMIT");
  if (committed) return {Result<void>{}, false};
  if (!connection.is_alive()) {
    return {fail(ErrorName::kDatabaseUnavailable,
                 "the connection broke during COMMIT, so it is unknown whether the change was made; look before trying "
                 "again"),
            false};
  }
  return failed_attempt(committed.error());
}

Result<void> Pool::run(Context& context, const TransactionOptions& options, const Body& body) {
  for (int retries = 0;; ++retries) {
    BUSFLOW_CHECK(context.check());
    auto outcome = attempt(context, options, body);
    if (outcome.result || !outcome.retry || retries == retry_.retries) return outcome.result;
    sleep_(retry_.delay(retries, unit_random()));
  }
}

}  // namespace busflow::postgres
