#pragma once

#include <string_view>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>
#include <platform/postgres/pool.hpp>

#include <backoffice/tour_departure_published.hpp>

namespace busflow::operations {

/// Names the handler in the inbox; must not change, or old events would be handled again.
inline constexpr std::string_view kCreateServiceLegs = "operations.create_service_legs";

/// Plans the drive: one SCHEDULED service leg for each leg of the event, in one transaction with the claim of the
/// event. An event that was handled before changes nothing. Acts for the event's tenant, whoever is asking.
/// Thread-safe.
Result<void> create_service_legs(Context& context, postgres::Pool& pool,
                                 const backoffice::TourDeparturePublished& event);

}  // namespace busflow::operations
