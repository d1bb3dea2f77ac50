#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/postgres/connection_options.hpp>
#include <platform/postgres/rows.hpp>
#include <platform/postgres/statement.hpp>

namespace busflow::postgres {

/// A read that is prepared once per connection, under the name "p<id>". Ids are unique in the program.
struct PipelineStatement {
  std::uint64_t id;
  std::string text;
  /// The same for several requests at once, null when each is to be asked alone. $n is a text[] of their values for $n
  /// of `text`; a row for each request has the columns of `text` and then the request's number, from 1.
  std::shared_ptr<const PipelineStatement> many{};
};

/// A new id for a PipelineStatement. Thread-safe.
std::uint64_t next_pipeline_statement_id();

struct PipelineOptions {
  ConnectionOptions connection;
  std::size_t connections = 1;     ///< Quick statements share the first as long as it has little to do.
  std::size_t queue_limit = 2048;  ///< Requests waiting or in flight, per connection; beyond it kOverloaded.
  std::chrono::milliseconds statement_timeout{30000};
};

/// One statement of a transaction, with its values.
struct PipelineCall {
  std::shared_ptr<const PipelineStatement> statement;
  Parameters parameters;
};

/// How a transaction ended: with the rows of all its calls, or with an error, and then it changed nothing; unless the
/// error is kDatabaseUnavailable or kDeadlineExceeded, when nobody knows.
struct TransactionOutcome {
  std::vector<Rows> rows;
  std::optional<Error> error;
  std::size_t failed_call = 0;  ///< Whose error it is; the number of calls when it was the commit's.
};

/// Whether a transaction may be carried out together with others that wait at the same time.
enum class Sharing : std::uint8_t {
  kAlone,
  /// One commit for several, as if they had come one after the other. When one of them fails, all are undone and each
  /// is carried out alone. For transactions that lock nothing another may hold, such as plain inserts: several hold
  /// their locks until the last of them is done, so that two groups could wait for each other.
  kShared,
};

class PipelineConnection;
class StatementCosts;
struct PipelineRequest;

/// Statements on non-blocking connections in libpq's pipeline mode: many requests are under way at once, and those that
/// arrive in one turn of the event loop share a system call and, when they only read, a synchronisation point.
///
/// The reads between two synchronisation points share an implicit transaction. Before each one whose tenant differs
/// from the last, the transaction-local setting busflow.tenant_id is set, so row-level security always sees the
/// request's own tenant; likewise statement_timeout. When one fails, those behind it in the same transaction are sent
/// again. Quick reads of one statement and tenant that wait together are one execution of its `many`; when that fails,
/// each is asked alone.
///
/// Belongs to one event loop and is used from its thread only.
class Pipeline {
 public:
  Pipeline(boost::asio::io_context& loop, const PipelineOptions& options);
  ~Pipeline();

  /// Errors: those of the statement (sql_error.hpp), kDeadlineExceeded, kOverloaded when the queue is full, and
  /// kDatabaseUnavailable at once while there is no connection. `tenant_id` may be empty: then row-level security hides
  /// all. For reads only: the statement may be sent twice. The deadline ends the wait for the answer;
  /// `statement_timeout`, where it is less than that of the options, the work in PostgreSQL, which is kDeadlineExceeded
  /// as well.
  boost::asio::awaitable<Result<Rows>> execute(
      std::shared_ptr<const PipelineStatement> statement, Parameters parameters, std::string tenant_id,
      SteadyTime deadline, std::optional<std::chrono::milliseconds> statement_timeout = std::nullopt);

  /// The calls, at least one, in order in a transaction of their own, in one round trip: none sees the others' rows
  /// before it is sent, each sees what those before it wrote. Never repeated once it may have been carried out.
  /// Only transactions of one tenant that begin with the same statement are ever shared. `statement_timeout` is each
  /// call's.
  boost::asio::awaitable<TransactionOutcome> transact(
      std::vector<PipelineCall> calls, std::string tenant_id, SteadyTime deadline, Sharing sharing = Sharing::kAlone,
      std::optional<std::chrono::milliseconds> statement_timeout = std::nullopt);

  /// Whether a request would be sent now; for readiness checks.
  bool is_connected() const;
  /// Requests waiting or in flight.
  std::size_t depth() const;
  /// Closes the connections; what is in flight ends with kCancelled.
  void stop();

 private:
  boost::asio::awaitable<Result<Rows>> submit(std::unique_ptr<PipelineRequest> request);
  PipelineConnection& choose(PipelineRequest& request) const;

  const std::shared_ptr<StatementCosts> costs_;
  std::vector<std::shared_ptr<PipelineConnection>> connections_;
};

}  // namespace busflow::postgres
