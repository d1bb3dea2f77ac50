#pragma once

#include <optional>
#include <vector>

#include <platform/graphql_events/queue.hpp>
#include <platform/postgres/rows.hpp>

namespace busflow::graphql_events {

/// A queue whose calls are rows of a table. The ways to a call differ in their statement only, so these give the same
/// columns: id, trigger_name, tries and row_time (see Ticket), and those that `read` wants.
///
/// A row that is reserved has the time of its lease a second time, in a column of its own. So whoever gets the job
/// knows the lease of a reservation, which he may take over, from that of a caller; and any other lease ends a
/// reservation, also one by a program that knows nothing of reservations.
class RowQueue : public Queue {
 public:
  Result<std::vector<Delivery>> take(Context& context, std::size_t most, std::chrono::seconds lease) final;
  Result<std::vector<Ticket>> reserve(Context& context, std::size_t most, std::chrono::seconds lease) final;
  Result<std::optional<Delivery>> claim(Context& context, const Ticket& ticket, std::chrono::seconds lease) final;

 protected:
  /// The rows that are due, oldest first, leased now.
  virtual Result<postgres::Rows> lease_due(Context& context, std::size_t most, std::chrono::seconds lease,
                                           Held held) = 0;
  /// The ticket's row, leased now; none where Queue::claim() gives nothing.
  virtual Result<postgres::Rows> lease_one(Context& context, const Ticket& ticket, std::chrono::seconds lease) = 0;
  virtual Delivery read(const Context& context, const postgres::Rows& rows, std::size_t row) = 0;

  static Ticket ticket_of(const postgres::Rows& rows, std::size_t row);
};

}  // namespace busflow::graphql_events
