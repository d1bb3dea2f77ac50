#include <platform/postgres/transaction.hpp>

namespace busflow::postgres {

Result<Rows> Transaction::execute(const Statement& statement, const Parameters& parameters) {
  BUSFLOW_CHECK(context_.check());
  return connection_.execute(statement, parameters);
}

Result<std::size_t> Transaction::change(const Statement& statement, const Parameters& parameters) {
  BUSFLOW_TRY(const auto rows, execute(statement, parameters));
  return rows.affected();
}

Result<void> Transaction::script(const std::string& sql) {
  BUSFLOW_CHECK(context_.check());
  BUSFLOW_CHECK(connection_.run(sql));
  return {};
}

Result<Rows> Transaction::run(const std::string& sql) {
  BUSFLOW_CHECK(context_.check());
  return connection_.run(sql);
}

}  // namespace busflow::postgres
