#include "row_queue.hpp"

namespace busflow::graphql_events {

Result<std::vector<Delivery>> RowQueue::take(Context& context, std::size_t most, std::chrono::seconds lease) {
  BUSFLOW_TRY(const auto rows, lease_due(context, most, lease, Held::kTaken));
  std::vector<Delivery> taken;
  for (std::size_t row = 0; row < rows.size(); ++row) taken.push_back(read(context, rows, row));
  return taken;
}

Result<std::vector<Ticket>> RowQueue::reserve(Context& context, std::size_t most, std::chrono::seconds lease) {
  BUSFLOW_TRY(const auto rows, lease_due(context, most, lease, Held::kReserved));
  std::vector<Ticket> reserved;
  for (std::size_t row = 0; row < rows.size(); ++row) reserved.push_back(ticket_of(rows, row));
  return reserved;
}

Result<std::optional<Delivery>> RowQueue::claim(Context& context, const Ticket& ticket, std::chrono::seconds lease) {
  BUSFLOW_TRY(const auto rows, lease_one(context, ticket, lease));
  return rows.empty() ? std::nullopt : std::optional(read(context, rows, 0));
}

Ticket RowQueue::ticket_of(const postgres::Rows& rows, std::size_t row) {
  return {.id = std::string(rows.text(row, "id")),
          .trigger = std::string(rows.text(row, "trigger_name")),
          .tries = rows.integer(row, "tries"),
          .created_at = std::string(rows.text(row, "row_time"))};
}

}  // namespace busflow::graphql_events
