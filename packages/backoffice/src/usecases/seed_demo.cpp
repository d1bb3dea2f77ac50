#include "usecases/seed_demo.hpp"

#include <platform/base/session.hpp>
#include <platform/outbox/outbox.hpp>

#include <backoffice/demo_data.hpp>

#include "published_event.hpp"
#include "storage/demo_storage.hpp"

namespace busflow::backoffice {
namespace {

const postgres::TransactionOptions kTransaction{.database_role = "busflow_backoffice"};

Result<void> seed_in(Context& context, postgres::Transaction& transaction, const DemoOperator& demo_operator) {
  const WallTime now = context.clock.now();
  DemoStorage storage(transaction, demo_operator);
  BUSFLOW_CHECK(storage.insert_master_data());
  for (const auto& departure : demo_operator.departures) {
    BUSFLOW_TRY(const bool is_new, storage.insert_departure(departure, now));
    if (!is_new || departure.status != "PUBLISHED") continue;
    const auto event = demo_event(demo_operator, departure, now);
    BUSFLOW_CHECK(outbox::publish(context, transaction, kTourDeparturePublished, to_outbox_event(context, event)));
  }
  return {};
}

}  // namespace

Result<void> seed_demo(Context& context, postgres::Pool& pool) {
  for (const auto& demo_operator : demo_operators(central_european_date(context.clock.now()))) {
    auto as_operator = context.for_tenant(demo_operator.id.to_string(), "manager");
    BUSFLOW_CHECK(pool.transact(as_operator, kTransaction, [&](postgres::Transaction& transaction) {
      return seed_in(as_operator, transaction, demo_operator);
    }));
  }
  return {};
}

}  // namespace busflow::backoffice
