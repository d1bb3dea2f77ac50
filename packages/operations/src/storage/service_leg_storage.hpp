#pragma once

#include <platform/base/identifier.hpp>
#include <platform/base/result.hpp>
#include <platform/postgres/transaction.hpp>

#include <backoffice/tour_departure_published.hpp>

namespace busflow::operations {

struct ServiceLegKey {
  Uuid id;
  Uuid tenant_id;
  Uuid tour_departure_id;
  int sequence = 0;  ///< Position among the departure's legs, from 1.
};

/// A SCHEDULED leg. One that the departure has already stays as it is.
Result<void> insert_service_leg(postgres::Transaction& transaction, const ServiceLegKey& key,
                                const backoffice::PlannedLeg& leg);

}  // namespace busflow::operations
