#pragma once

#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include <platform/base/result.hpp>
#include <platform/postgres/connection_options.hpp>
#include <platform/postgres/rows.hpp>
#include <platform/postgres/sql_error.hpp>
#include <platform/postgres/statement.hpp>

struct pg_conn;

namespace busflow::postgres {

/// One blocking connection. Use by one thread at a time.
class Connection {
 public:
  /// kDatabaseUnavailable, with the reason libpq gives, when it cannot be made within connect_timeout.
  static Result<std::unique_ptr<Connection>> open(const ConnectionOptions& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Prepares the statement on first use.
  Result<Rows> execute(const Statement& statement, const Parameters& parameters = {});
  /// At least one, in one round trip; outside of a transaction block they are a transaction. The rows of the last. When
  /// one fails, those behind it are not carried out. All but the last give short answers: they are read after all have
  /// been sent.
  Result<Rows> execute_together(std::span<const Call> calls);
  /// Several statements separated by semicolons, without parameters.
  Result<Rows> run(const std::string& sql);

  bool is_alive() const;
  /// SQLSTATE of the last failure; empty when the connection itself broke.
  std::string_view last_sqlstate() const { return last_failure_.sqlstate; }
  /// The last failure in the server's own words.
  const ServerError& last_failure() const { return last_failure_; }
  /// 1-based character position of the last failure in the text given to run(), 0 when unknown.
  int last_error_position() const { return last_error_position_; }
  pg_conn* native() { return connection_; }

 private:
  explicit Connection(pg_conn* connection) : connection_(connection) {}
  Result<Rows> take(pg_result* result);
  bool send(const Call& call);
  Result<Rows> receive(const Call& call, bool was_prepared);

  pg_conn* connection_;
  std::set<std::string, std::less<>> prepared_;
  ServerError last_failure_;
  int last_error_position_ = 0;
  bool is_broken_ = false;  ///< What libpq would call alive, but what must not be used.
};

}  // namespace busflow::postgres
