#include "usecases/recheck_departures.hpp"

#include <platform/base/session.hpp>

#include "storage/departure_storage.hpp"

namespace busflow::backoffice {
namespace {

const postgres::TransactionOptions kTransaction{.database_role = "busflow_backoffice"};

Result<void> recheck_in(postgres::Transaction& transaction, const Uuid& tenant_id, const Uuid& vehicle_id) {
  DepartureStorage storage(transaction, tenant_id);
  // Departures first, as in every other use case: none waits for the other with what that one needs.
  BUSFLOW_TRY(const auto departures, storage.lock_ready_departures(vehicle_id));
  BUSFLOW_TRY(const auto vehicle, storage.find_vehicle(vehicle_id));
  for (const Departure& departure : departures) {
    if (const auto reopened = reopen_departure(departure, vehicle)) BUSFLOW_CHECK(storage.update(*reopened));
  }
  return {};
}

}  // namespace

Result<void> recheck_departures(Context& context, postgres::Pool& pool, const Uuid& tenant_id, const Uuid& vehicle_id) {
  auto as_tenant = context.for_tenant(tenant_id.to_string());
  return pool.transact(as_tenant, kTransaction, [&](postgres::Transaction& transaction) {
    return recheck_in(transaction, tenant_id, vehicle_id);
  });
}

}  // namespace busflow::backoffice
