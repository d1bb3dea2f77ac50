#include <platform/postgres/shared_statement.hpp>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "parameter_arrays.hpp"

namespace busflow::postgres {
namespace {

/// One is carried out while the next is put together.
constexpr std::size_t kAtOnce = 2;
constexpr std::size_t kMostShared = 32;

}  // namespace

SharedStatement::SharedStatement(Pool& pool, std::string database_role, const Statement& statement)
    : pool_(pool), database_role_(std::move(database_role)), statement_(statement), gathering_(kAtOnce, kMostShared) {}

Result<Rows> SharedStatement::execute(Context& context, const Parameters& values) {
  Request request{&context, &values};
  if (context.session.user_id().empty() && context.session.tenant_id().empty()) {
    gathering_.run(request, [this](std::span<Request* const> requests) { carry_out(requests); });
    if (request.is_done) return std::move(request.row);
  }
  const std::array alone{&request};
  return execute_for(context, alone);
}

void SharedStatement::carry_out(std::span<Request* const> requests) {
  std::vector<Request*> ordered(requests.begin(), requests.end());
  std::ranges::sort(ordered, {}, [](const Request* request) { return request->values->front(); });
  Context context = *requests.front()->context;
  context.session = {};
  const auto rows = execute_for(context, ordered);
  const bool is_outage = !rows && rows.error().name == ErrorName::kDatabaseUnavailable;
  if (!rows) {
    for (Request* request : requests) {
      request->is_done = is_outage || requests.size() == 1;
      request->row = std::unexpected(rows.error());
    }
    return;
  }
  for (std::size_t row = 0; row < rows->size(); ++row) {
    const auto number = static_cast<std::size_t>(rows->integer(row, rows->columns() - 1));
    ordered.at(number - 1)->row = rows->row(row);
  }
}

Result<Rows> SharedStatement::execute_for(Context& context, std::span<Request* const> requests) {
  const auto parameters =
      parameter_arrays(requests, [](const Request* request) -> const Parameters& { return *request->values; });
  return pool_.execute_repeatable(context, database_role_, statement_, parameters);
}

}  // namespace busflow::postgres
