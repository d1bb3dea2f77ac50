#pragma once

#include <platform/base/identifier.hpp>
#include <platform/base/result.hpp>
#include <platform/postgres/transaction.hpp>

#include <backoffice/tour_departure_published.hpp>

namespace busflow::commerce {

/// A SCHEDULED offering of the departure. One that the departure has already stays as it is.
Result<void> insert_offering(postgres::Transaction& transaction, const Uuid& id,
                             const backoffice::TourDeparturePublished& event);

}  // namespace busflow::commerce
