#pragma once

#include <span>
#include <string>

#include <platform/base/gathering.hpp>
#include <platform/postgres/pool.hpp>

namespace busflow::postgres {

/// A statement that many threads want at the same time, such as one for every few minutes of everybody who is signed
/// in: what waits together is one execution and one commit. Thread-safe.
///
/// Each $n of the statement is a text[] with the n-th value of every request; in the order of their first values, so
/// that two executions never wait for each other's rows. Its last column is the number of the request a row belongs to,
/// from 1; a request has one row or none.
class SharedStatement {
 public:
  /// As Pool::execute_repeatable(), whose conditions are those of the statement. `pool` outlives this.
  SharedStatement(Pool& pool, std::string database_role, const Statement& statement);

  /// The request's row. Only callers who are nobody yet share, in a session without a role: row-level security looks at
  /// the session. When an execution for several fails, each is carried out alone, unless the database cannot be
  /// reached.
  Result<Rows> execute(Context& context, const Parameters& values);

 private:
  struct Request {
    Context* context;
    const Parameters* values;
    Result<Rows> row{};
    bool is_done = true;
  };

  void carry_out(std::span<Request* const> requests);
  Result<Rows> execute_for(Context& context, std::span<Request* const> requests);

  Pool& pool_;
  const std::string database_role_;
  const Statement statement_;
  Gathering<Request> gathering_;
};

}  // namespace busflow::postgres
