#include "statements.hpp"

#include <platform/postgres/array_literal.hpp>

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

std::string array_of(const std::set<std::string>& texts) {
  postgres::ArrayLiteral array;
  for (const auto& text : texts) array.add(text);
  return std::move(array).finish();
}

std::string to_sql(bool value) { return value ? "true" : "false"; }

}  // namespace busflow::graphql_events
