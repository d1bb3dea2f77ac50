#include <platform/postgres/transaction.hpp>

namespace busflow::postgres {

Result<Rows> Transaction::execute(const Statement& statement, const Parameters& parameters) {
  BUSFLOW_CHECK(context_.check());
  if (has_begun()) return connection_.execute(statement, parameters);
  auto calls = std::exchange(beginning_, {});
  calls.push_back({statement, parameters});
  return connection_.execute_together(calls);
}

Result<std::size_t> Transaction::change(const Statement& statement, const Parameters& parameters) {
  BUSFLOW_TRY(const auto rows, execute(statement, parameters));
  return rows.affected();
}

Result<void> Transaction::script(const std::string& sql) {
  BUSFLOW_CHECK(run(sql));
  return {};
}

Result<Rows> Transaction::run(const std::string& sql) {
  BUSFLOW_CHECK(context_.check());
  BUSFLOW_CHECK(begin());
  return connection_.run(sql);
}

Result<void> Transaction::begin() {
  if (has_begun()) return {};
  BUSFLOW_CHECK(connection_.execute_together(std::exchange(beginning_, {})));
  return {};
}

}  // namespace busflow::postgres
