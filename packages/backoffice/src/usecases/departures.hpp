#pragma once

#include <platform/base/context.hpp>
#include <platform/base/identifier.hpp>
#include <platform/base/result.hpp>
#include <platform/postgres/pool.hpp>

#include "domain/departure.hpp"

/// What managers and dispatchers do with departures. Each function is one transaction; it reads and locks what it
/// decides on.
///
/// Errors of all: kPermissionDenied for other roles, kMissingSessionVariable without a tenant, kNotFound for a
/// departure that is not there or another tenant's, kStateConflict when its status does not allow the step (the message
/// names status and steps), kValidationFailed with the path of the wrong field. Thread-safe.
namespace busflow::backoffice {

Result<Departure> create_departure(Context& context, postgres::Pool& pool, const NewDeparture& wanted);
Result<Departure> update_departure(Context& context, postgres::Pool& pool, const DepartureChange& change);
Result<Departure> mark_departure_ready(Context& context, postgres::Pool& pool, const Uuid& id);
/// Writes TourDeparturePublished to the outbox in the same transaction. A second call is a kStateConflict, and no
/// second event.
Result<Departure> publish_departure(Context& context, postgres::Pool& pool, const Uuid& id);
Result<Departure> cancel_departure(Context& context, postgres::Pool& pool, const Uuid& id);

}  // namespace busflow::backoffice
