#include "storage/service_leg_storage.hpp"

#include <string>

#include <platform/base/clock.hpp>

namespace busflow::operations {
namespace {

constexpr postgres::Statement kInsertServiceLeg{
    "operations.insert_service_leg",
    "insert into operations.service_legs"
    "  (id, tenant_id, tour_departure_id, sequence, leg_type, scheduled_start, scheduled_end, status)"
    "  values ($1, $2, $3, $4, $5, $6, $7, 'SCHEDULED')"
    "  on conflict (tenant_id, tour_departure_id, leg_type, sequence) do nothing"};

}  // namespace

Result<void> insert_service_leg(postgres::Transaction& transaction, const ServiceLegKey& key,
                                const backoffice::PlannedLeg& leg) {
  BUSFLOW_CHECK(transaction.execute(
      kInsertServiceLeg,
      {key.id.to_string(), key.tenant_id.to_string(), key.tour_departure_id.to_string(), std::to_string(key.sequence),
       leg.leg_type, to_rfc3339(leg.scheduled_start), to_rfc3339(leg.scheduled_end)}));
  return {};
}

}  // namespace busflow::operations
