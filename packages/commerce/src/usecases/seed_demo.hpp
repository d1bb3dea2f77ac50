#pragma once

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>
#include <platform/postgres/pool.hpp>

namespace busflow::commerce {

/// The offerings of the demo's published departures. Claims their events as the handler does, so that it does not
/// matter whether the outbox relay or the seed comes first. Idempotent.
Result<void> seed_demo(Context& context, postgres::Pool& pool);

}  // namespace busflow::commerce
