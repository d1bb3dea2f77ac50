#include "statements.hpp"

namespace busflow::graphql_events {

Result<void> change(Context& context, postgres::Pool& pool, const postgres::Statement& statement,
                    const postgres::Parameters& parameters) {
  return pool.transact(context, {}, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_CHECK(transaction.change(statement, parameters));
    return {};
  });
}

Result<postgres::Rows> ask(Context& context, postgres::Pool& pool, const postgres::Statement& statement,
                           const postgres::Parameters& parameters) {
  return pool.transact(context, {},
                       [&](postgres::Transaction& transaction) { return transaction.execute(statement, parameters); });
}

std::string to_sql(bool value) { return value ? "true" : "false"; }

}  // namespace busflow::graphql_events
