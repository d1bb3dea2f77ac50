#pragma once

#include <platform/base/context.hpp>
#include <platform/base/identifier.hpp>
#include <platform/base/result.hpp>
#include <platform/postgres/pool.hpp>

namespace busflow::backoffice {

/// A vehicle has changed: the departures planned with it that are READY, and that it cannot take any more, are DRAFT
/// again. Goes by the vehicle as it is now, so doing it twice does no harm.
Result<void> recheck_departures(Context& context, postgres::Pool& pool, const Uuid& tenant_id, const Uuid& vehicle_id);

}  // namespace busflow::backoffice
