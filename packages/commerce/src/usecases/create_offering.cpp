#include "usecases/create_offering.hpp"

#include <platform/base/session.hpp>
#include <platform/outbox/outbox.hpp>

#include "storage/offering_storage.hpp"

namespace busflow::commerce {
namespace {

const postgres::TransactionOptions kTransaction{.database_role = "busflow_commerce"};

Result<void> create_in(Context& context, postgres::Transaction& transaction,
                       const backoffice::TourDeparturePublished& event) {
  BUSFLOW_TRY(const bool first_time, outbox::claim(transaction, "commerce", event.event_id, kCreateOffering));
  if (!first_time) return {};
  return insert_offering(transaction, context.identifiers.next(), event);
}

}  // namespace

Result<void> create_offering(Context& context, postgres::Pool& pool, const backoffice::TourDeparturePublished& event) {
  auto as_tenant = context.for_tenant(event.tenant_id.to_string());
  return pool.transact(as_tenant, kTransaction,
                       [&](postgres::Transaction& transaction) { return create_in(as_tenant, transaction, event); });
}

}  // namespace busflow::commerce
