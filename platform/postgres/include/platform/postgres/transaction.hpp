#pragma once

#include <string>
#include <utility>
#include <vector>

#include <platform/base/context.hpp>
#include <platform/postgres/connection.hpp>

namespace busflow::postgres {

struct TransactionOptions {
  std::string database_role{};  ///< Taken on for the transaction (SET LOCAL ROLE): "busflow_backoffice". Empty: stay
                                ///< who we are.
  bool read_only = false;
  std::string isolation = "read committed";
};

/// A transaction in progress, as Pool::transact() hands it to its function. Valid only within that call.
class Transaction {
 public:
  /// `beginning` is sent with the first statement, in one round trip.
  Transaction(Connection& connection, Context& context, std::vector<Call> beginning)
      : connection_(connection), context_(context), beginning_(std::move(beginning)) {}

  /// False as long as nothing was sent.
  bool has_begun() const { return beginning_.empty(); }

  /// Checks the context's deadline first. After an error the transaction can only be rolled back: return the error.
  Result<Rows> execute(const Statement& statement, const Parameters& parameters = {});
  /// The same for a statement that yields no rows: how many it touched.
  Result<std::size_t> change(const Statement& statement, const Parameters& parameters = {});
  /// Several statements without parameters.
  Result<void> script(const std::string& sql);
  /// The same; the rows of the last one.
  Result<Rows> run(const std::string& sql);
  /// The last failure in the server's own words.
  const ServerError& last_failure() const { return connection_.last_failure(); }

 private:
  Result<void> begin();

  Connection& connection_;
  Context& context_;
  std::vector<Call> beginning_;
};

}  // namespace busflow::postgres
