#include "usecases/create_service_legs.hpp"

#include <platform/base/session.hpp>
#include <platform/outbox/outbox.hpp>

#include "storage/service_leg_storage.hpp"

namespace busflow::operations {
namespace {

const postgres::TransactionOptions kTransaction{.database_role = "busflow_operations"};

Result<void> create_in(Context& context, postgres::Transaction& transaction,
                       const backoffice::TourDeparturePublished& event) {
  BUSFLOW_TRY(const bool first_time, outbox::claim(transaction, "operations", event.event_id, kCreateServiceLegs));
  if (!first_time) return {};
  int sequence = 0;
  for (const auto& leg : event.legs) {
    const ServiceLegKey key{.id = context.identifiers.next(),
                            .tenant_id = event.tenant_id,
                            .tour_departure_id = event.tour_departure_id,
                            .sequence = ++sequence};
    BUSFLOW_CHECK(insert_service_leg(transaction, key, leg));
  }
  return {};
}

}  // namespace

Result<void> create_service_legs(Context& context, postgres::Pool& pool,
                                 const backoffice::TourDeparturePublished& event) {
  auto as_tenant = context.for_tenant(event.tenant_id.to_string());
  return pool.transact(as_tenant, kTransaction,
                       [&](postgres::Transaction& transaction) { return create_in(as_tenant, transaction, event); });
}

}  // namespace busflow::operations
