#pragma once

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>
#include <platform/postgres/pool.hpp>

namespace busflow::backoffice {

/// Writes the demo operators, one transaction each, with the events of their PUBLISHED departures. Idempotent.
Result<void> seed_demo(Context& context, postgres::Pool& pool);

}  // namespace busflow::backoffice
